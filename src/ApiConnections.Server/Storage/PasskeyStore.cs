using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The tables <c>passkeys</c> and <c>passkey_challenges</c>. Whoever changes a person's passkeys, or relies on one, holds the person.</summary>
internal static class PasskeyStore
{
    private const string Columns = "id, user_id, credential_id, public_key, name, sign_count, backup_eligible, backed_up, transports, created_at, last_used_at";

    /// <returns>False where somebody has it already.</returns>
    public static async Task<bool> Insert(Session session, Passkey passkey) => await session.Execute(
        $"""
        insert into passkeys ({Columns})
        values (@Id, @UserId, @CredentialId, @PublicKey, @Name, @SignCount, @backupEligible, @backedUp, @transports, @createdAt, null)
        on conflict (credential_id) do nothing
        """,
        new
        {
            passkey.Id,
            passkey.UserId,
            passkey.CredentialId,
            passkey.PublicKey,
            passkey.Name,
            passkey.SignCount,
            backupEligible = passkey.BackupEligible ? 1L : 0L,
            backedUp = passkey.BackedUp ? 1L : 0L,
            transports = Words.Join(passkey.Transports),
            createdAt = passkey.CreatedAt.ToUnix(),
        }) == 1;

    /// <summary>A person's, the oldest first.</summary>
    public static async Task<IReadOnlyList<Passkey>> OfUser(Session session, Guid user) =>
        [.. (await session.Query<Row>($"select {Columns} from passkeys where user_id = @user order by created_at, id", new { user })).Select(row => row.ToPasskey())];

    public static async Task<Passkey?> FindByCredential(Session session, byte[] credential) =>
        (await session.Find<Row>($"select {Columns} from passkeys where credential_id = @credential", new { credential }))?.ToPasskey();

    public static Task Used(Session session, Guid id, long signCount, bool backedUp, DateTimeOffset now) => session.Execute(
        "update passkeys set sign_count = @signCount, backed_up = @backedUp, last_used_at = @now where id = @id", new { id, signCount, backedUp = backedUp ? 1L : 0L, now = now.ToUnix() });

    /// <returns>False where it is none of the person's.</returns>
    public static async Task<bool> Rename(Session session, Guid user, Guid id, string name) =>
        await session.Execute("update passkeys set name = @name where id = @id and user_id = @user", new { id, user, name }) == 1;

    /// <returns>False where it is none of the person's.</returns>
    public static async Task<bool> Remove(Session session, Guid user, Guid id) =>
        await session.Execute("delete from passkeys where id = @id and user_id = @user", new { id, user }) == 1;

    /// <returns>How many there were.</returns>
    public static Task<int> RemoveAllOf(Session session, Guid user) => session.Execute("delete from passkeys where user_id = @user", new { user });

    /// <summary>Takes a challenge, so that what was signed for it is not taken again.</summary>
    /// <returns>False where it was taken before.</returns>
    public static async Task<bool> Take(Session session, byte[] challenge, DateTimeOffset expires) => await session.Execute(
        "insert into passkey_challenges (hash, expires_at) values (@challenge, @expires) on conflict (hash) do nothing", new { challenge, expires = expires.ToUnix() }) == 1;

    private sealed class Row
    {
        public Guid Id { get; init; }
        public Guid UserId { get; init; }
        public byte[] CredentialId { get; init; } = [];
        public byte[] PublicKey { get; init; } = [];
        public string Name { get; init; } = "";
        public long SignCount { get; init; }
        public long BackupEligible { get; init; }
        public long BackedUp { get; init; }
        public string Transports { get; init; } = "";
        public long CreatedAt { get; init; }
        public long? LastUsedAt { get; init; }

        public Passkey ToPasskey() => new(
            Id, UserId, CredentialId, PublicKey, Name, SignCount, BackupEligible == 1, BackedUp == 1, Words.Split(Transports), CreatedAt.ToTime(), LastUsedAt.ToTime());
    }
}
