namespace ApiConnections.Server.Storage;

/// <summary>What a one-time address allows.</summary>
internal enum LinkPurpose
{
    /// <summary>Somebody who was invited chooses a password and may sign in.</summary>
    Invitation,

    /// <summary>Somebody who has forgotten their password chooses another.</summary>
    Password,
}

/// <summary>A one-time address as it is stored.</summary>
internal sealed record PersonLink(Guid UserId, Guid CompanyId, LinkPurpose Purpose, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt, DateTimeOffset? WithdrawnAt);

/// <summary>The table <c>person_links</c>, and the column of <c>users</c> that says who was invited.</summary>
internal static class PersonLinkStore
{
    public static Task Insert(Session session, PersonLink link, byte[] hash, DateTimeOffset now) => session.Execute(
        "insert into person_links (hash, user_id, company_id, purpose, created_at, expires_at) values (@hash, @UserId, @CompanyId, @purpose, @now, @expires)",
        new { hash, link.UserId, link.CompanyId, purpose = Text(link.Purpose), now = now.ToUnix(), expires = link.ExpiresAt.ToUnix() });

    public static async Task<PersonLink?> Find(Session session, byte[] hash) => (await session.Find<Row>(
        "select user_id, company_id, purpose, expires_at, used_at, withdrawn_at from person_links where hash = @hash", new { hash }))?.ToLink();

    /// <summary>Uses it up, in the transaction of what it allows.</summary>
    /// <returns>False where it is none for that, was used or withdrawn, or has expired.</returns>
    public static async Task<bool> Take(Session session, byte[] hash, LinkPurpose purpose, DateTimeOffset now) => await session.Execute(
        "update person_links set used_at = @now where hash = @hash and purpose = @purpose and used_at is null and withdrawn_at is null and expires_at > @now",
        new { hash, purpose = Text(purpose), now = now.ToUnix() }) == 1;

    /// <summary>Makes every open address of a person void.</summary>
    /// <returns>How many there were.</returns>
    public static Task<int> WithdrawAll(Session session, Guid user, DateTimeOffset now) => session.Execute(
        "update person_links set withdrawn_at = @now where user_id = @user and used_at is null and withdrawn_at is null", new { user, now = now.ToUnix() });

    /// <returns>False where they are no longer invited.</returns>
    public static async Task<bool> InviteUntil(Session session, Guid user, DateTimeOffset until) => await session.Execute(
        "update users set invited_until = @until where id = @user and invited_until is not null", new { user, until = until.ToUnix() }) == 1;

    /// <summary>Somebody invited becomes a person like any other.</summary>
    /// <param name="language">That of the page on which they accept; kept where they have chosen none.</param>
    /// <returns>False where they are no longer invited.</returns>
    public static async Task<bool> Accept(Session session, Guid user, string language) => await session.Execute(
        "update users set status = 'active', invited_until = null, language = coalesce(language, @language) where id = @user and invited_until is not null", new { user, language }) == 1;

    /// <summary>Whether consumers are theirs, deleted ones too: these keep their row.</summary>
    public static async Task<bool> OwnsConsumers(Session session, Guid user) => await session.Value<long>("select count(*) from consumers where owner_id = @user", new { user }) > 0;

    /// <summary>Takes somebody who has not accepted out again; their address is free.</summary>
    /// <returns>False where they are no longer invited.</returns>
    public static async Task<bool> DeleteInvited(Session session, Guid user) =>
        await session.Execute("delete from users where id = @user and invited_until is not null", new { user }) == 1;

    private static string Text(LinkPurpose purpose) => purpose == LinkPurpose.Invitation ? "invitation" : "password";

    private sealed class Row
    {
        public Guid UserId { get; init; }
        public Guid CompanyId { get; init; }
        public string Purpose { get; init; } = "";
        public long ExpiresAt { get; init; }
        public long? UsedAt { get; init; }
        public long? WithdrawnAt { get; init; }

        public PersonLink ToLink() => new(
            UserId, CompanyId, Purpose == "invitation" ? LinkPurpose.Invitation : LinkPurpose.Password, ExpiresAt.ToTime(), UsedAt.ToTime(), WithdrawnAt.ToTime());
    }
}
