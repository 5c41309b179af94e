using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>What codes and token families hang on, as it is read beside them. Without a person the consumer's group alone decides.</summary>
internal abstract class StandingRow
{
    /// <summary>For <c>a</c>, the authorization; <c>u</c>, the person; <c>k</c>, the consumer; <c>m</c>, the company; <c>g</c> and <c>p</c>, the consumer's and the person's group.</summary>
    public const string Columns = """
        a.status as authorization_status, u.status as user_status, u.generation as user_now, u.grants_from as user_from,
        k.status as consumer_status, k.generation as consumer_now, k.grants_from as consumer_from,
        m.status as company_status, m.addon, m.modules_off, m.generation as company_now, m.grants_from as company_from,
        g.read_only as consumers_read_only, g.scopes as consumers_scopes, p.read_only as persons_read_only, p.scopes as persons_scopes
        """;

    /// <summary>What the columns come from.</summary>
    /// <param name="row">The name that the statement gives to the row of the code or family.</param>
    public static string Joins(string row) => $"""
        join authorizations a on a.id = {row}.authorization_id
        join consumers k on k.key = {row}.consumer
        join companies m on m.id = {row}.company_id
        join permission_groups g on g.id = k.group_id
        left join users u on u.id = {row}.user_id
        left join permission_groups p on p.id = u.group_id
        """;

    public Guid? UserId { get; init; }
    public string AuthorizationStatus { get; init; } = "";
    public string? UserStatus { get; init; }
    public long? UserNow { get; init; }
    public long? UserFrom { get; init; }
    public string ConsumerStatus { get; init; } = "";
    public long ConsumerNow { get; init; }
    public long ConsumerFrom { get; init; }
    public string CompanyStatus { get; init; } = "";
    public long Addon { get; init; }
    public string ModulesOff { get; init; } = "";
    public long CompanyNow { get; init; }
    public long CompanyFrom { get; init; }
    public long ConsumersReadOnly { get; init; }
    public string ConsumersScopes { get; init; } = "";
    public long? PersonsReadOnly { get; init; }
    public string? PersonsScopes { get; init; }

    public Standing ToStanding(Scopes scopes)
    {
        var consumers = scopes.Read(ConsumersReadOnly, ConsumersScopes);
        var persons = PersonsScopes is null ? null : scopes.Read(PersonsReadOnly ?? 0, PersonsScopes);
        return new(
            AuthorizationStatus == "live",
            UserId is null || UserStatus == "active",
            ConsumerStatus == "active",
            CompanyStatus == "active" && Addon == 1,
            new Generations(CompanyNow, ConsumerNow, UserNow),
            new Generations(CompanyFrom, ConsumerFrom, UserFrom),
            consumers,
            UserId is null ? consumers : persons,
            Words.Split(ModulesOff));
    }

    /// <summary>The rows of a batch name the same few scopes: each is read once.</summary>
    internal sealed class Scopes
    {
        private readonly Dictionary<(long ReadOnly, string Text), ScopeSet> known = [];

        public ScopeSet Read(long readOnly, string text)
        {
            if (!known.TryGetValue((readOnly, text), out var scope))
                known[(readOnly, text)] = scope = PermissionGroup.AllowedOf(readOnly == 1, StoredScopes.Read(text));

            return scope;
        }
    }
}
