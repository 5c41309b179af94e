using System.Text.Json;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>companies</c>.</summary>
internal static class CompanyStore
{
    private const string Columns = "id, name, status, addon, modules_off, generation, grants_from, created_at, language, time_zone, contact, version, host_links";

    /// <returns>False where another company has that name.</returns>
    public static async Task<bool> Insert(Session session, Company company) => await session.Execute(
        $"""
        insert into companies (id, name, name_key, status, addon, modules_off, generation, grants_from, created_at, language, time_zone, contact)
        values (@Id, @Name, @nameKey, @status, @addOn, @modulesOff, @Generation, @GrantsFrom, @createdAt, @Language, @TimeZone, @Contact)
        on conflict (name_key) do nothing
        """,
        new
        {
            company.Id,
            company.Name,
            nameKey = DisplayText.Key(company.Name),
            status = StatusText(company.Status),
            addOn = company.AddOn ? 1L : 0L,
            modulesOff = Words.Join(company.ModulesOff),
            company.Generation,
            company.GrantsFrom,
            createdAt = company.CreatedAt.ToUnix(),
            company.Language,
            company.TimeZone,
            company.Contact,
        }) == 1;

    public static async Task<Company?> Find(Session session, Guid id) =>
        (await session.Find<Row>($"select {Columns} from companies where id = @id", new { id }))?.ToCompany();

    public static async Task<IReadOnlyList<Company>> FindAll(Session session, IReadOnlyCollection<Guid> ids) =>
        [.. (await session.QueryEach<Row>($"select {Columns} from companies where id = @id", new GivenRows().With("id", ids))).Select(row => row.ToCompany())];

    public static async Task<Company?> FindByName(Session session, string name) =>
        (await session.Find<Row>($"select {Columns} from companies where name_key = @key", new { key = DisplayText.Key(name) }))?.ToCompany();

    public static async Task<IReadOnlyList<Company>> All(Session session) =>
        [.. (await session.Query<Row>($"select {Columns} from companies order by name_key")).Select(row => row.ToCompany())];

    /// <summary>Saves what a company says of itself, over the version before; whoever saves it holds it.</summary>
    /// <returns>False where another company has that name.</returns>
    public static async Task<bool> Update(Session session, Company company) => await session.Execute(
        """
        update companies set name = @Name, name_key = @nameKey, language = @Language, time_zone = @TimeZone, contact = @Contact, host_links = @hostLinks, version = @Version
        where id = @Id and version = @Version - 1 and not exists (select 1 from companies other where other.name_key = @nameKey and other.id <> @Id)
        """,
        new
        {
            company.Id,
            company.Name,
            nameKey = DisplayText.Key(company.Name),
            company.Language,
            company.TimeZone,
            company.Contact,
            hostLinks = company.HostLinks is { } links ? JsonSerializer.Serialize(links, StoredJson.Default.IReadOnlyListHostLink) : null,
            company.Version,
        }) == 1;

    /// <summary>Sets the status and, where access is lost, ends the access tokens issued so far.</summary>
    /// <returns>The new generation; null where the status was that already.</returns>
    public static Task<long?> SetStatus(Session session, Guid id, CompanyStatus status) => session.Value<long?>(
        "update companies set status = @status, generation = generation + @step where id = @id and status <> @status returning generation",
        new { id, status = StatusText(status), step = status == CompanyStatus.Suspended ? 1L : 0L });

    /// <inheritdoc cref="SetStatus"/>
    public static Task<long?> SetAddOn(Session session, Guid id, bool on) => session.Value<long?>(
        "update companies set addon = @addon, generation = generation + @step where id = @id and addon <> @addon returning generation",
        new { id, addon = on ? 1L : 0L, step = on ? 0L : 1L });

    /// <summary>Sets which modules are off.</summary>
    public static Task SetModulesOff(Session session, Guid id, IEnumerable<string> modules) =>
        session.Execute("update companies set modules_off = @modules where id = @id", new { id, modules = Words.Join(modules) });

    /// <summary>The company, held until the transaction ends; what only refers to it, as a new row of its consumers or people does, does not wait.</summary>
    public static async Task<Company?> FindAndHold(Session session, Guid id) =>
        (await session.Find<Row>($"select {Columns} from companies where id = @id{(session.Engine == Engine.Postgres ? " for no key update" : "")}", new { id }))?.ToCompany();

    /// <returns>The new generation: every access token of the company issued before is dead.</returns>
    public static Task<long> NextGeneration(Session session, Guid id) => session.Value<long>(
        "update companies set generation = generation + 1 where id = @id returning generation", new { id });

    private static string StatusText(CompanyStatus status) => status == CompanyStatus.Active ? "active" : "suspended";

    private sealed class Row
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Status { get; init; } = "";
        public long Addon { get; init; }
        public string ModulesOff { get; init; } = "";
        public long Generation { get; init; }
        public long GrantsFrom { get; init; }
        public long CreatedAt { get; init; }
        public string Language { get; init; } = "";
        public string TimeZone { get; init; } = "";
        public string Contact { get; init; } = "";
        public long Version { get; init; }
        public string? HostLinks { get; init; }

        public Company ToCompany() => new(
            Id, Name, Status == "active" ? CompanyStatus.Active : CompanyStatus.Suspended, Addon == 1, Words.Split(ModulesOff), Generation, GrantsFrom, CreatedAt.ToTime())
        {
            Language = Language,
            TimeZone = TimeZone,
            Contact = Contact,
            Version = Version,
            HostLinks = HostLinks is null ? null : JsonSerializer.Deserialize(HostLinks, StoredJson.Default.IReadOnlyListHostLink),
        };
    }
}

/// <summary>Short lists in one column, with single spaces between them.</summary>
internal static class Words
{
    public static string Join(IEnumerable<string> words) => string.Join(' ', words);

    public static IReadOnlyList<string> Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
