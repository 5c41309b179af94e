using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The columns of the table <c>users</c> that people sign in with.</summary>
internal static class CredentialStore
{
    private const string Columns = "id, company_id, email, name, role, group_id, status, generation, grants_from, created_at, language, last_signed_in_at, invited_until, password_hash, stamp, totp_key, totp_pending, recovery_codes, password_changed_at, (select count(*) from passkeys p where p.user_id = users.id) as passkeys";

    /// <param name="key">As <see cref="User.EmailKey"/> makes it.</param>
    public static async Task<(User User, Credentials Credentials)?> FindByEmailKey(Session session, string key) =>
        (await session.Find<CredentialRow>($"select {Columns} from users where email_key = @key", new { key }))?.ToPair();

    public static async Task<(User User, Credentials Credentials)?> Find(Session session, Guid id) =>
        (await session.Find<CredentialRow>($"select {Columns} from users where id = @id", new { id }))?.ToPair();

    public static Task SetPassword(Session session, Guid id, string hash, string stamp, DateTimeOffset now) => session.Execute(
        "update users set password_hash = @hash, password_changed_at = @now, stamp = @stamp where id = @id", new { id, hash, stamp, now = now.ToUnix() });

    /// <summary>The same password hashed anew.</summary>
    public static Task Rehash(Session session, Guid id, string before, string after) =>
        session.Execute("update users set password_hash = @after where id = @id and password_hash = @before", new { id, before, after });

    /// <summary>Says that the person has signed in, where they still may with what they showed.</summary>
    /// <returns>False where they were disabled, or changed their password or second factor, since it was looked at.</returns>
    public static async Task<bool> SignIn(Session session, Guid id, string stamp, DateTimeOffset now) => await session.Execute(
        "update users set last_signed_in_at = @now where id = @id and status = 'active' and stamp = @stamp", new { id, stamp, now = now.ToUnix() }) == 1;

    /// <summary>Takes the step of a code, so that neither it nor an earlier one is taken again.</summary>
    /// <returns>False where it was taken before.</returns>
    public static async Task<bool> TakeStep(Session session, Guid id, long step) => await session.Execute(
        "update users set totp_step = @step where id = @id and totp_key is not null and totp_step < @step", new { id, step }) == 1;

    /// <summary>Takes a recovery code away.</summary>
    /// <returns>False where it is none of the person's, or was used.</returns>
    public static async Task<bool> TakeRecoveryCode(Session session, Guid id, string hash) => await session.Execute(
        "update users set recovery_codes = replace(recovery_codes, @hash, '') where id = @id and totp_key is not null and replace(recovery_codes, @hash, '') <> recovery_codes",
        new { id, hash }) == 1;

    public static Task SetPending(Session session, Guid id, byte[] box) => session.Execute("update users set totp_pending = @box where id = @id", new { id, box });

    /// <summary>The pending key becomes the second factor.</summary>
    /// <returns>False where it is no longer the pending one.</returns>
    public static async Task<bool> Confirm(Session session, Guid id, byte[] pending, long step, IEnumerable<string> recoveryCodes, string stamp) => await session.Execute(
        """
        update users set totp_key = totp_pending, totp_pending = null, totp_step = @step, recovery_codes = @codes, stamp = @stamp
        where id = @id and totp_pending = @pending
        """,
        new { id, pending, step, codes = Words.Join(recoveryCodes), stamp }) == 1;

    /// <returns>False where there was no second factor.</returns>
    public static async Task<bool> RemoveSecondFactor(Session session, Guid id, string stamp) => await session.Execute(
        "update users set totp_key = null, totp_pending = null, recovery_codes = '', stamp = @stamp where id = @id and totp_key is not null", new { id, stamp }) == 1;

    /// <returns>False where there is no second factor.</returns>
    public static async Task<bool> SetRecoveryCodes(Session session, Guid id, IEnumerable<string> hashes) => await session.Execute(
        "update users set recovery_codes = @codes where id = @id and totp_key is not null", new { id, codes = Words.Join(hashes) }) == 1;

    /// <summary>Every sealed key of an authenticator, held until the transaction ends, in the order of locks.</summary>
    public static async Task<IReadOnlyList<(Guid User, byte[]? Key, byte[]? Pending)>> HoldSealed(Session session) =>
        [.. (await session.Query<CredentialRow>(
            $"select id, totp_key, totp_pending from users where totp_key is not null or totp_pending is not null order by id{(session.Engine == Engine.Postgres ? " for update" : "")}"))
            .Select(row => (row.Id, row.TotpKey, row.TotpPending))];

    public static Task Reseal(Session session, Guid id, byte[]? key, byte[]? pending) =>
        session.Execute("update users set totp_key = @key, totp_pending = @pending where id = @id", new { id, key, pending });

    /// <summary>How many active people of a company sign in with a password alone.</summary>
    public static Task<long> WithoutSecondFactor(Session session, Guid company) =>
        session.Value<long>("select count(*) from users where company_id = @company and status = 'active' and totp_key is null and not exists (select 1 from passkeys p where p.user_id = users.id)", new { company });

    private sealed class CredentialRow : UserStore.Row
    {
        public string? PasswordHash { get; init; }
        public string Stamp { get; init; } = "";
        public byte[]? TotpKey { get; init; }
        public byte[]? TotpPending { get; init; }
        public string RecoveryCodes { get; init; } = "";
        public long? PasswordChangedAt { get; init; }
        public long Passkeys { get; init; }

        public (User User, Credentials Credentials) ToPair() => (ToUser(), new Credentials(PasswordHash, Stamp, TotpKey, TotpPending, Words.Split(RecoveryCodes)) { PasswordChangedAt = PasswordChangedAt.ToTime(), Passkeys = Passkeys });
    }
}
