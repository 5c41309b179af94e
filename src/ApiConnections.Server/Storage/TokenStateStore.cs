using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>What an access token hangs on.</summary>
/// <param name="Family">Null where it belongs to no token family.</param>
internal readonly record struct TokenHook(Guid Authorization, Guid? Family, string Id, string KeyId);

/// <summary>How all that an access token hangs on stands now.</summary>
/// <param name="FamilyIsLive">True where it belongs to no token family.</param>
/// <param name="IsRevoked">It alone was revoked.</param>
/// <param name="KeyIsPublished">The key that signed it was not withdrawn.</param>
/// <param name="Person">The e-mail of the person; null without one.</param>
internal sealed record TokenState(
    bool AuthorizationIsLive, bool PersonIsActive, bool ConsumerIsActive, bool CompanyMayUseApis, bool FamilyIsLive, bool IsRevoked, bool KeyIsPublished, Generations Now, string? Person);

/// <summary>Reads how all that access tokens hang on stands, for many at once.</summary>
internal static class TokenStateStore
{
    /// <summary>For each token, in their order; null where its authorization is not there.</summary>
    public static async Task<IReadOnlyList<TokenState?>> Read(Session session, IReadOnlyList<TokenHook> tokens, DateTimeOffset now)
    {
        var given = new GivenRows()
            .With("number", Enumerable.Range(0, tokens.Count).Select(number => (long)number))
            .With("authorization_id", tokens.Select(token => token.Authorization))
            .With("family_id", tokens.Select(token => token.Family ?? Guid.Empty))
            .With("id", tokens.Select(token => token.Id))
            .With("kid", tokens.Select(token => token.KeyId));
        var rows = await session.Query<Row>(
            $"""
            select given.number, a.status as authorization_status, a.user_id, u.status as user_status, u.generation as user_now, u.email,
                   k.status as consumer_status, k.generation as consumer_now, m.status as company_status, m.addon, m.generation as company_now,
                   f.id as family_id, f.ended_at as family_ended_at,
                   cast(case when exists (select 1 from changes c where c.kind = 'token' and c.subject = given.id) then 1 else 0 end as bigint) as revoked,
                   cast(case when exists (select 1 from signing_keys s where s.kid = given.kid and (s.deletes_at is null or s.deletes_at > @now)) then 1 else 0 end as bigint) as published
            from {given.Sql(session.Engine)}
            cross join authorizations a
            join consumers k on k.key = a.consumer
            join companies m on m.id = a.company_id
            left join users u on u.id = a.user_id
            left join token_families f on f.id = given.family_id
            where a.id = given.authorization_id
            """,
            given.Parameters(session.Engine, ("now", now.ToUnix())));
        var states = new TokenState?[tokens.Count];
        foreach (var row in rows)
            states[row.Number] = row.ToState(tokens[(int)row.Number]);

        return states;
    }

    private sealed class Row
    {
        public long Number { get; init; }
        public string AuthorizationStatus { get; init; } = "";
        public Guid? UserId { get; init; }
        public string? UserStatus { get; init; }
        public long? UserNow { get; init; }
        public string? Email { get; init; }
        public string ConsumerStatus { get; init; } = "";
        public long ConsumerNow { get; init; }
        public string CompanyStatus { get; init; } = "";
        public long Addon { get; init; }
        public long CompanyNow { get; init; }
        public Guid? FamilyId { get; init; }
        public long? FamilyEndedAt { get; init; }
        public long Revoked { get; init; }
        public long Published { get; init; }

        public TokenState ToState(in TokenHook token) => new(
            AuthorizationStatus == "live",
            UserId is null || UserStatus == "active",
            ConsumerStatus == "active",
            CompanyStatus == "active" && Addon == 1,
            token.Family is null || (FamilyId is not null && FamilyEndedAt is null),
            Revoked == 1,
            Published == 1,
            new Generations(CompanyNow, ConsumerNow, UserNow),
            Email);
    }
}
