using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ApiConnections.Server;
using Npgsql;

namespace ApiConnections.Samples.Demo;

/// <summary>What scripts and people need to use the demo.</summary>
internal sealed record DemoFacts(
    string Issuer, string Api, IReadOnlyList<DemoUser> Users, IReadOnlyList<DemoConsumer> Consumers, DemoKey ApiConsumer, string Data, IReadOnlyDictionary<string, string?> Environment);

internal sealed record DemoUser(string Email, string Password, string Role);

internal sealed record DemoConsumer(string Name, string GrantType, string Key, string Secret, IReadOnlyList<string>? RedirectUris, string Scope);

internal sealed record DemoKey(string Key, string Secret);

/// <summary>Makes the demo's data the way an administrator would: with the command line.</summary>
internal sealed class DemoData(DemoOptions options)
{
    private const string Company = "Demo Maintenance";
    private const string Report = "Nightly report";
    private const string ReportScopes = "assets:view tasks:view";
    private const string FieldApp = "Field app";
    private const string FieldAppScopes = "assets:view tasks:view tasks:edit";
    private const string ManagementScopes = "assets:view assets:add assets:edit assets:reports tasks:view tasks:add tasks:edit tasks:delete tasks:reports";
    private const string FieldAppCallback = "http://127.0.0.1/callback";
    private const string ApiName = "Maintenance API";

    public async Task<DemoFacts> Prepare()
    {
        if (options.Postgres is not null)
            await Command("migrate");

        await using var turn = await Turn();
        await Once(await Command("company", "list"), "name", Company, "company", "create", Company);
        var groups = await Command("group", "list", "--company", Company);
        await Once(groups, "name", "Reports", "group", "create", "--company", Company, "--name", "Reports", "--scopes", ReportScopes, "--read-only");
        await Once(groups, "name", "Field work", "group", "create", "--company", Company, "--name", "Field work", "--scopes", FieldAppScopes);
        await Once(groups, "name", "Management", "group", "create", "--company", Company, "--name", "Management", "--scopes", ManagementScopes);

        var api = await ApiKey();
        var admin = await Person("admin@demo.example", "Marta Silva", "super_administrator", "Management");
        var technician = await Person("technician@demo.example", "Ana Torres", "user", "Field work");
        var report = await Consumer(
            new DemoConsumer(Report, "client_credentials", "", "", null, ReportScopes),
            "--grant", "client_credentials", "--group", "Reports", "--description", "Copies open work orders into the data warehouse every night.");
        var fieldApp = await Consumer(
            new DemoConsumer(FieldApp, "authorization_code", "", "", [FieldAppCallback], FieldAppScopes),
            "--grant", "authorization_code", "--group", "Field work", "--callback", FieldAppCallback, "--description", "Shows technicians their work orders and closes them.", "--required-scopes", "tasks:view");
        return new DemoFacts(options.Issuer, options.Api, [admin, technician], [report, fieldApp], api, options.Postgres ?? options.Folder, options.Settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value));
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
    private async Task<DemoConsumer> Consumer(DemoConsumer wanted, params string[] fields)
    {
        var consumers = await Command("consumer", "list", "--company", Company);
        var known = consumers.EnumerateArray().FirstOrDefault(consumer => Text(consumer, "name") == wanted.Name);
        var made = known.ValueKind == JsonValueKind.Undefined
            ? await Command(["consumer", "create", "--company", Company, "--name", wanted.Name, .. fields])
            : await Command("secret", "add", Text(known, "key"), "--label", "demo", "--others-end-after-hours", "1");
        return wanted with { Key = Text(made, "key"), Secret = Text(made, "secret") };
    }

    // Passwords are stored as hashes too, but demos on one database must all say the same ones: they are made from the company's id, which is new with every
    // fresh start. No real installation derives a password from anything.
    private async Task<DemoUser> Person(string email, string name, string role, string group)
    {
        var company = (await Command("company", "list")).EnumerateArray().First(company => Text(company, "name") == Company);
        var password = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"api-connections demo {Text(company, "id")} {email}")))[..20];
        var people = await Command("user", "list", "--company", Company);
        if (!people.EnumerateArray().Any(person => Text(person, "email") == email))
            await CommandWith(password, "user", "create", "--company", Company, "--email", email, "--name", name, "--role", role, "--group", group);

        return new DemoUser(email, password, role);
    }

    private async Task Once(JsonElement list, string property, string value, params string[] create)
    {
        if (!list.EnumerateArray().Any(item => Text(item, property) == value))
            await Command(create);
    }

    private Task<JsonElement> Command(params string[] words) => CommandWith("", words);

    private async Task<JsonElement> CommandWith(string input, params string[] words)
    {
        using var typed = new StringReader(input);
        using var output = new StringWriter();
        using var error = new StringWriter();
        if (await ApiConnectionsServer.Run([.. words, "--json"], output, error, options.Settings, typed) != 0)
            throw new DemoFailedException(error.ToString().Trim());

        using var document = JsonDocument.Parse(output.ToString());
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString() ?? "";
}
