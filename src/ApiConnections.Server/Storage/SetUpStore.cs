namespace ApiConnections.Server.Storage;

/// <summary>The columns of the table <c>installation</c> for the one-time address of the first person.</summary>
internal static class SetUpStore
{
    /// <summary>Puts an address in the place of one that may have been there.</summary>
    /// <returns>False where there are people already.</returns>
    public static async Task<bool> Open(Session session, byte[] hash, DateTimeOffset expires) => await session.Execute(
        "update installation set setup_hash = @hash, setup_expires_at = @expires where id = 1 and not exists (select 1 from users)", new { hash, expires = expires.ToUnix() }) == 1;

    public static async Task<bool> IsOpen(Session session, byte[] hash, DateTimeOffset now) => await session.Value<long>(
        "select count(*) from installation where id = 1 and setup_hash = @hash and setup_expires_at > @now and not exists (select 1 from users)", new { hash, now = now.ToUnix() }) == 1;

    /// <summary>Uses the address up, in the transaction of what it allows.</summary>
    /// <returns>False where it is not the one, was used, has expired, or there are people already.</returns>
    public static async Task<bool> Take(Session session, byte[] hash, DateTimeOffset now) => await session.Execute(
        """
        update installation set setup_hash = null, setup_expires_at = null
        where id = 1 and setup_hash = @hash and setup_expires_at > @now and not exists (select 1 from users)
        """,
        new { hash, now = now.ToUnix() }) == 1;
}
