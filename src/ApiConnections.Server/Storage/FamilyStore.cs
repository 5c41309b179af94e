namespace ApiConnections.Server.Storage;

/// <summary>A family that was ended, with whose it was.</summary>
internal sealed record EndedFamily(Guid Id, Guid CompanyId, string Consumer, Guid AuthorizationId);

/// <summary>The table <c>token_families</c>.</summary>
internal static class FamilyStore
{
    private const string Ended = "returning id, company_id, consumer, authorization_id";

    /// <returns>Null where there is none, or it was ended before.</returns>
    public static async Task<EndedFamily?> End(Session session, Guid id, string why, DateTimeOffset now) =>
        (await session.Find<Row>($"update token_families set ended_at = @now, ended_why = @why where id = @id and ended_at is null {Ended}", new { id, why, now = now.ToUnix() }))?.ToFamily();

    /// <returns>Null where it is none of that person's, or it was ended before.</returns>
    public static async Task<EndedFamily?> EndOf(Session session, Guid user, Guid id, string why, DateTimeOffset now) =>
        (await session.Find<Row>(
            $"update token_families set ended_at = @now, ended_why = @why where id = @id and user_id = @user and ended_at is null {Ended}",
            new { id, user, why, now = now.ToUnix() }))?.ToFamily();

    /// <summary>Ends the families of an authorization beyond the <paramref name="most"/> that were used last.</summary>
    public static async Task<IReadOnlyList<EndedFamily>> EndBeyond(Session session, Guid authorization, int most, string why, DateTimeOffset now) =>
        [.. (await session.Query<Row>(
            $"""
            update token_families set ended_at = @now, ended_why = @why
            where ended_at is null and id in (
                select id from token_families
                where authorization_id = @authorization and ended_at is null and idle_expires_at > @now and expires_at > @now
                order by coalesce(rotated_at, created_at) desc, id desc limit 1000 offset @most)
            {Ended}
            """,
            new { authorization, most, why, now = now.ToUnix() })).Select(row => row.ToFamily()).OrderBy(family => family.Id)];

    /// <summary>Ends every family of these authorizations.</summary>
    public static Task EndOf(Session session, IReadOnlyList<Guid> authorizations, string why, DateTimeOffset now) => session.ForEachId(
        "update token_families set ended_at = @now, ended_why = @why where authorization_id = @id and ended_at is null", authorizations, new() { ["now"] = now.ToUnix(), ["why"] = why });

    private sealed class Row
    {
        public Guid Id { get; init; }
        public Guid CompanyId { get; init; }
        public string Consumer { get; init; } = "";
        public Guid AuthorizationId { get; init; }

        public EndedFamily ToFamily() => new(Id, CompanyId, Consumer, AuthorizationId);
    }
}
