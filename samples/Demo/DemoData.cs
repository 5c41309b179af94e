using System.Text.Json;
using ApiConnections.Server;
using Npgsql;

namespace ApiConnections.Samples.Demo;

/// <summary>What scripts and people need to use the demo.</summary>
internal sealed record DemoFacts(
    string Issuer, string Api, IReadOnlyList<DemoConsumer> Consumers, DemoKey ApiConsumer, string Data, IReadOnlyDictionary<string, string?> Environment);

internal sealed record DemoConsumer(string Name, string GrantType, string Key, string Secret, string Scope);

internal sealed record DemoKey(string Key, string Secret);

/// <summary>Makes the demo's data the way an administrator would: with the command line.</summary>
internal sealed class DemoData(DemoOptions options)
{
    private const string Company = "Demo Maintenance";
    private const string Report = "Nightly report";
    private const string ReportScopes = "assets:view tasks:view";
    private const string ApiName = "Maintenance API";

    public async Task<DemoFacts> Prepare()
    {
        if (options.Postgres is not null)
            await Command("migrate");

        await using var turn = await Turn();
        await Once(await Command("company", "list"), "name", Company, "company", "create", Company);
        var groups = await Command("group", "list", "--company", Company);
        await Once(groups, "name", "Reports", "group", "create", "--company", Company, "--name", "Reports", "--scopes", ReportScopes, "--read-only");
        await Once(groups, "name", "Field work", "group", "create", "--company", Company, "--name", "Field work", "--scopes", "assets:view tasks:view tasks:edit");

        var api = await ApiKey();
        var report = await ReportConsumer();
        return new DemoFacts(options.Issuer, options.Api, [report], api, options.Postgres ?? options.Folder, options.Settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value));
    }

    // Demos that start at one moment on one database take turns, or each makes what the other makes too. Closing the connection ends the turn, but a pool would keep it open.
    private async Task<NpgsqlConnection?> Turn()
    {
        if (options.Postgres is null)
            return null;

        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.Postgres) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var wait = new NpgsqlCommand("select pg_advisory_lock(hashtext('api-connections demo'))", connection) { CommandTimeout = 0 };
        await wait.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task<DemoKey> ApiKey()
    {
        // A demo on other ports is another API, with an audience of its own.
        var apis = await Command("api", "list");
        var known = apis.EnumerateArray().FirstOrDefault(api => Text(api, "audience") == options.Api);
        var name = apis.EnumerateArray().Any(api => Text(api, "name") == ApiName) ? $"{ApiName} {options.Api}" : ApiName;
        var made = known.ValueKind == JsonValueKind.Undefined
            ? await Command("api", "create", "--name", name, "--audience", options.Api, "--module", "assets", "--module", "tasks")
            : await Command("api", "secret", Text(known, "key"));
        return new DemoKey(Text(made, "key"), Text(made, "secret"));
    }

    // Secrets are stored as hashes: on data that was kept, the demo makes itself a new one and lets the old one end.
    private async Task<DemoConsumer> ReportConsumer()
    {
        var consumers = await Command("consumer", "list", "--company", Company);
        var known = consumers.EnumerateArray().FirstOrDefault(consumer => Text(consumer, "name") == Report);
        var made = known.ValueKind == JsonValueKind.Undefined
            ? await Command("consumer", "create", "--company", Company, "--name", Report, "--grant", "client_credentials", "--group", "Reports", "--description", "Copies open work orders into the data warehouse every night.")
            : await Command("secret", "add", Text(known, "key"), "--label", "demo", "--others-end-after-hours", "1");
        return new DemoConsumer(Report, "client_credentials", Text(made, "key"), Text(made, "secret"), ReportScopes);
    }

    private async Task Once(JsonElement list, string property, string value, params string[] create)
    {
        if (!list.EnumerateArray().Any(item => Text(item, property) == value))
            await Command(create);
    }

    private async Task<JsonElement> Command(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        if (await ApiConnectionsServer.Run([.. words, "--json"], output, error, options.Settings) != 0)
            throw new DemoFailedException(error.ToString().Trim());

        using var document = JsonDocument.Parse(output.ToString());
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString() ?? "";
}
