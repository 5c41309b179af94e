using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>consumers</c>.</summary>
internal static class ConsumerStore
{
    private const string Columns =
        "key, company_id, name, description, grant_type, confidential, callback_urls, url, privacy_policy_url, eula_url, group_id, required_scopes, owner_id, status, generation, grants_from, options, created_at, created_by, version";

    /// <returns>False where another consumer of the company, not deleted, has that name.</returns>
    public static async Task<bool> Insert(Session session, Consumer consumer) => await session.Execute(
        $"""
        insert into consumers ({Columns}, name_key, search_key)
        values (@Key, @CompanyId, @Name, @Description, @grantType, @confidential, @callbackUrls, @url, @privacyPolicyUrl, @eulaUrl, @GroupId, @requiredScopes,
                @OwnerId, @status, @Generation, @GrantsFrom, @options, @createdAt, @CreatedBy, @Version, @nameKey, @searchKey)
        on conflict (company_id, name_key) where status <> 'deleted' do nothing
        """,
        Parameters(consumer)) == 1;

    /// <summary>Saves what an administrator may edit; where it <paramref name="narrows"/>, the access tokens issued so far end.</summary>
    /// <param name="consumer">As it shall be, with the version that it was edited from.</param>
    /// <returns>The new generation; null where another consumer of the company has that name.</returns>
    public static Task<long?> Update(Session session, Consumer consumer, bool narrows) => session.Value<long?>(
        $"""
        update consumers set name = @Name, name_key = @nameKey, search_key = @searchKey, description = @Description, callback_urls = @callbackUrls, url = @url,
            privacy_policy_url = @privacyPolicyUrl, eula_url = @eulaUrl, group_id = @GroupId, required_scopes = @requiredScopes, options = @options,
            generation = generation + {(narrows ? 1 : 0)}, version = version + 1
        where key = @Key and version = @Version and status <> 'deleted'
            and not exists (select 1 from consumers other where other.company_id = @CompanyId and other.name_key = @nameKey and other.status <> 'deleted' and other.key <> @Key)
        returning generation
        """,
        Parameters(consumer));

    private static object Parameters(Consumer consumer) => new
    {
        consumer.Key,
        consumer.CompanyId,
        consumer.Name,
        consumer.Description,
        grantType = consumer.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode,
        confidential = consumer.Confidential ? 1L : 0L,
        callbackUrls = Words.Join(consumer.CallbackUrls.Select(callback => callback.Value)),
        url = consumer.Links.Url,
        privacyPolicyUrl = consumer.Links.PrivacyPolicyUrl,
        eulaUrl = consumer.Links.EulaUrl,
        consumer.GroupId,
        requiredScopes = consumer.RequiredScopes.ToString(),
        consumer.OwnerId,
        status = StatusText(consumer.Status),
        consumer.Generation,
        consumer.GrantsFrom,
        options = JsonSerializer.Serialize(consumer.Options, StoredJson.Default.ConsumerOptions),
        createdAt = consumer.CreatedAt.ToUnix(),
        consumer.CreatedBy,
        consumer.Version,
        nameKey = DisplayText.Key(consumer.Name),
        searchKey = DisplayText.Key($"{consumer.Name} {consumer.Key} {consumer.Description}"),
    };

    public static async Task<Consumer?> Find(Session session, string key) =>
        (await session.Find<Row>($"select {Columns} from consumers where key = @key", new { key }))?.ToConsumer();

    public static async Task<IReadOnlyList<Consumer>> FindAll(Session session, IReadOnlyCollection<string> keys) =>
        [.. (await session.QueryEach<Row>($"select {Columns} from consumers where key = @id", new GivenRows().With("id", keys))).Select(row => row.ToConsumer())];

    /// <summary>The consumer, held until the transaction ends.</summary>
    public static async Task<Consumer?> FindAndHold(Session session, string key) =>
        (await session.Find<Row>($"select {Columns} from consumers where key = @key{(session.Engine == Engine.Postgres ? " for update" : "")}", new { key }))?.ToConsumer();

    /// <summary>The consumer, which stays as it is until the transaction ends; what only refers to it, as a new authorization does, does not wait.</summary>
    public static async Task<Consumer?> FindAndKeep(Session session, string key) =>
        (await session.Find<Row>($"select {Columns} from consumers where key = @key{(session.Engine == Engine.Postgres ? " for share" : "")}", new { key }))?.ToConsumer();

    /// <summary>Consumers of a company, by name; deleted ones left out.</summary>
    public static async Task<IReadOnlyList<Consumer>> OfCompany(Session session, Guid company) =>
        [.. (await session.Query<Row>($"select {Columns} from consumers where company_id = @company and status <> 'deleted' order by name_key", new { company })).Select(row => row.ToConsumer())];

    /// <summary>Disables: the access tokens issued so far end. Enables: nothing ends.</summary>
    /// <returns>The new generation; null where the status was that already, or the consumer is deleted.</returns>
    public static Task<long?> SetStatus(Session session, string key, ConsumerStatus status) => session.Value<long?>(
        """
        update consumers set status = @status, generation = generation + @step, version = version + 1
        where key = @key and status <> @status and status <> 'deleted' returning generation
        """,
        new { key, status = StatusText(status), step = status == ConsumerStatus.Disabled ? 1L : 0L });

    /// <summary>Ends everything that hangs on the consumer: access tokens, codes, token families.</summary>
    /// <returns>The new generation; null where it is deleted.</returns>
    public static Task<long?> EndEverything(Session session, string key, bool delete) => session.Value<long?>(
        $"""
        update consumers set generation = generation + 1, grants_from = generation + 1, version = version + 1{(delete ? ", status = 'deleted'" : "")}
        where key = @key and status <> 'deleted' returning generation
        """,
        new { key });

    /// <summary>Puts the consumer into another group and, where that <paramref name="narrows"/>, ends the access tokens issued so far.</summary>
    /// <returns>The new generation.</returns>
    public static Task<long> Move(Session session, string key, Guid group, bool narrows) => session.Value<long>(
        "update consumers set group_id = @group, generation = generation + @step, version = version + 1 where key = @key returning generation",
        new { key, group, step = narrows ? 1L : 0L });

    /// <summary>Whose it is; not among what is edited, so that a form that is open may be saved.</summary>
    /// <param name="owner">Null for nobody.</param>
    public static Task SetOwner(Session session, string key, Guid? owner) =>
        session.Execute("update consumers set owner_id = @owner where key = @key", new { key, owner });

    /// <summary>What the access tokens of the consumer have to be issued under, as it stands now; null where there is no such consumer.</summary>
    public static Task<long?> Generation(Session session, string key) => session.Value<long?>("select generation from consumers where key = @key", new { key });

    /// <summary>Ends the access tokens that were issued so far.</summary>
    /// <returns>The new generation; null where it is deleted.</returns>
    public static Task<long?> NextGeneration(Session session, string key) =>
        session.Value<long?>("update consumers set generation = generation + 1 where key = @key and status <> 'deleted' returning generation", new { key });

    /// <summary>Ends the access tokens of every consumer of a group.</summary>
    /// <returns>Each with its new generation, by key.</returns>
    public static async Task<IReadOnlyList<(string Key, long Generation)>> NarrowGroup(Session session, Guid group)
    {
        // An update alone locks rows in no order.
        if (session.Engine == Engine.Postgres)
            await session.Execute("select key from consumers where group_id = @group and status <> 'deleted' order by key for no key update", new { group });

        return [.. (await session.Query<GenerationRow>(
            "update consumers set generation = generation + 1 where group_id = @group and status <> 'deleted' returning key, generation",
            new { group })).OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => (row.Key, row.Generation))];
    }

    /// <summary>Disables every consumer of the installation that is active.</summary>
    /// <returns>How many they were.</returns>
    public static Task<int> DisableAll(Session session) =>
        session.Execute("update consumers set status = 'disabled', generation = generation + 1, version = version + 1 where status = 'active'");

    private static string StatusText(ConsumerStatus status) => status switch
    {
        ConsumerStatus.Active => "active",
        ConsumerStatus.Disabled => "disabled",
        _ => "deleted",
    };

    private sealed class GenerationRow
    {
        public string Key { get; init; } = "";
        public long Generation { get; init; }
    }

    internal class Row
    {
        public string Key { get; init; } = "";
        public Guid CompanyId { get; init; }
        public string Name { get; init; } = "";
        public string Description { get; init; } = "";
        public string GrantType { get; init; } = "";
        public long Confidential { get; init; }
        public string CallbackUrls { get; init; } = "";
        public string? Url { get; init; }
        public string? PrivacyPolicyUrl { get; init; }
        public string? EulaUrl { get; init; }
        public Guid GroupId { get; init; }
        public string RequiredScopes { get; init; } = "";
        public Guid? OwnerId { get; init; }
        public string Status { get; init; } = "";
        public long Generation { get; init; }
        public long GrantsFrom { get; init; }
        public string Options { get; init; } = "";
        public long CreatedAt { get; init; }
        public string CreatedBy { get; init; } = "";
        public long Version { get; init; }

        public Consumer ToConsumer() => new(
            Key,
            CompanyId,
            Name,
            Description,
            GrantType == GrantTypes.ClientCredentials ? Model.GrantType.ClientCredentials : Model.GrantType.AuthorizationCode,
            Confidential == 1,
            [.. Words.Split(CallbackUrls).Select(url => new RedirectUri(url))],
            new ConsumerLinks(Url, PrivacyPolicyUrl, EulaUrl),
            GroupId,
            StoredScopes.Read(RequiredScopes),
            OwnerId,
            Status switch { "active" => ConsumerStatus.Active, "disabled" => ConsumerStatus.Disabled, _ => ConsumerStatus.Deleted },
            Generation,
            GrantsFrom,
            JsonSerializer.Deserialize(Options, StoredJson.Default.ConsumerOptions) ?? ConsumerOptions.Default,
            CreatedAt.ToTime(),
            CreatedBy,
            Version);
    }
}
