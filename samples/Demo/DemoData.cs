using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ApiConnections.Server;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Npgsql;

namespace ApiConnections.Samples.Demo;

/// <summary>What scripts and people need to use the demo.</summary>
internal sealed record DemoFacts(
    string Issuer, string Api, IReadOnlyList<DemoUser> Users, IReadOnlyList<DemoConsumer> Consumers, DemoKey ApiConsumer, string Data, IReadOnlyDictionary<string, string?> Environment);

internal sealed record DemoUser(string Email, string Password, string Role);

internal sealed record DemoConsumer(string Name, string GrantType, string Key, string Secret, IReadOnlyList<string>? RedirectUris, string Scope);

internal sealed record DemoKey(string Key, string Secret);

/// <summary>Makes the demo's data: once what the company has done before today, and what scripts rely on the way an administrator would, with the command line.</summary>
internal sealed class DemoData(DemoOptions options)
{
    private const string Company = "Demo Maintenance";
    private const string Report = "Nightly report";
    private const string ReportScopes = "assets:view tasks:view";
    private const string FieldApp = "Field app";
    private const string FieldAppScopes = "assets:view tasks:view tasks:edit";
    private const string FieldAppCallback = "http://127.0.0.1/callback";
    private const string ApiName = "Maintenance API";

    private static readonly NewPerson admin = new("admin@demo.example", "Marta Silva", UserRole.SuperAdministrator, "Management", null);
    private static readonly NewPerson technician = new("technician@demo.example", "Ana Torres", UserRole.User, "Field work", null);

    public async Task<DemoFacts> Prepare()
    {
        if (options.Postgres is not null)
            await Command("migrate");

        await using var turn = await Turn();
        if (!(await Command("company", "list")).EnumerateArray().Any(company => Text(company, "name") == Company))
            await DemoHistory.Play(options, Company, [admin, technician], Password);
        else if (!(await Command("consumer", "list", "--company", Company)).EnumerateArray().Any(consumer => Text(consumer, "name") == Report))
            throw new DemoFailedException("A first start was stopped before the demo's data was complete. Empty that folder or database, or use another one.");

        var id = Guid.Parse(Text((await Command("company", "list")).EnumerateArray().First(company => Text(company, "name") == Company), "id"));
        var api = await ApiKey();
        var report = await Consumer(
            new DemoConsumer(Report, "client_credentials", "", "", null, ReportScopes),
            "--grant", "client_credentials", "--group", "Reports", "--description", "Copies open work orders into the data warehouse every night.");
        var fieldApp = await Consumer(
            new DemoConsumer(FieldApp, "authorization_code", "", "", [FieldAppCallback], FieldAppScopes),
            "--grant", "authorization_code", "--group", "Field work", "--callback", FieldAppCallback, "--description", "Shows technicians their work orders and closes them.", "--required-scopes", "tasks:view");
        DemoUser[] users = [.. new[] { admin, technician }.Select(person => new DemoUser(person.Email!, Password(id, person.Email!), UserStore.RoleText(person.Role)))];
        return new DemoFacts(options.Issuer, options.Api, users, [report, fieldApp], api, options.Postgres ?? options.Folder, options.Settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value));
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
    private static string Password(Guid company, string email) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"api-connections demo {company} {email}")))[..20];

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
