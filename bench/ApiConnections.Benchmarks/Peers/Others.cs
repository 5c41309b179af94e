using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Peers;

/// <summary>The programs in <c>bench/Peers</c>, as <c>bench/run.sh</c> published them.</summary>
internal static class Others
{
    private const string App = "bench-app";
    private const string Callback = "https://app.bench/callback";
    private const string OneUse = "without storage a token or code stays good after its use";
    private const string ActiveAmongLines = "\"active\": true";
    private static readonly (string Key, string Secret) program = ("bench-program", Secret());
    private static readonly (string Key, string Secret) api = ("bench-api", Secret());

    public static Peer Control(string folder) => new(PeerNames.Control, Program(Path.Combine(folder, "Control", "Control"), null), url => Loopback.Get(url, "/plain"))
    {
        Does = { [Grants.ClientCredentials] = (_, _) => Task.FromResult(new Asked(null, new Target("plain"))) },
    };

    public static Peer FormControl(string folder) => Control(folder) with
    {
        Name = PeerNames.FormControl,
        Does = new() { [Grants.ClientCredentials] = (_, _) => Task.FromResult(new Asked(new Forms([PeerClients.MachineForm], MayRepeat: true), new Target("form", Basic(program)))) },
    };

    public static Peer WithoutStorage(string folder) => new(PeerNames.WithoutStorage, Program(Path.Combine(folder, "OpenIddictWithoutStorage", "OpenIddictWithoutStorage"), null), First)
    {
        Does =
        {
            [Grants.ClientCredentials] = (_, _) => Task.FromResult(PeerClients.Machine(Basic(program))),
            [Grants.Introspection] = (server, _) => PeerClients.Introspection(server, Basic(program), PeerClients.MachineForm, Basic(api), ActiveAmongLines),
        },
        Lacks = { [Grants.Refresh] = OneUse, [Grants.Code] = OneUse },
    };

    public static async Task<Peer> OnPostgres(string folder, string server)
    {
        var database = await BenchInstallation.NewDatabase(server);
        return new(PeerNames.OnPostgres, Program(Path.Combine(folder, "OpenIddictOnPostgres", "OpenIddictOnPostgres"), database), First)
        {
            UsesPostgres = true,
            Settle = () => BenchInstallation.Tidy(database),
            Does =
            {
                [Grants.ClientCredentials] = (_, _) => Task.FromResult(PeerClients.Machine(Basic(program))),
                [Grants.Refresh] = (url, count) => PeerClients.RefreshTokens(url, count, App, Callback),
                [Grants.Code] = (url, count) => PeerClients.Codes(url, count, App, Callback),
                [Grants.Introspection] = (url, _) => PeerClients.Introspection(url, Basic(program), PeerClients.MachineForm, Basic(api), ActiveAmongLines),
            },
        };
    }

    public static Peer OidcProvider(string folder) => new(PeerNames.OidcProvider, Node(Path.Combine(folder, "OidcProvider")), First)
    {
        Does =
        {
            [Grants.ClientCredentials] = (_, _) => Task.FromResult(PeerClients.Machine(Basic(program))),
            [Grants.Refresh] = (url, count) => PeerClients.RefreshTokens(url, count, App, Callback),
            [Grants.Code] = (url, count) => PeerClients.Codes(url, count, App, Callback),
            // It refuses to introspect signed access tokens: these are opaque.
            [Grants.Introspection] = (url, _) => PeerClients.Introspection(
                url, Basic(program), $"{PeerClients.MachineForm}&resource={Uri.EscapeDataString(BenchInstallation.Audience + "/opaque")}", Basic(api), "\"active\":true"),
        },
    };

    private static byte[] First(Uri url) => Loopback.Post(url, "/oauth/token", Basic(program), PeerClients.MachineForm);

    private static Func<Uri, ChildProcess> Program(string path, string? database) => url => ChildProcess.StartProgram(path, [Settings(url, database)], Path.GetDirectoryName(path));

    private static Func<Uri, ChildProcess> Node(string folder) => url =>
        ChildProcess.StartProgram("node", ["server.js", Settings(url, null)], folder, new Dictionary<string, string?> { ["NODE_ENV"] = "production" });

    private static string Settings(Uri url, string? database) => JsonSerializer.Serialize(new
    {
        Url = url.GetLeftPart(UriPartial.Authority),
        program.Key,
        program.Secret,
        App,
        Callback,
        ApiKey = api.Key,
        ApiSecret = api.Secret,
        BenchInstallation.Audience,
        Database = database,
    });

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static string Basic((string Key, string Secret) client) => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client.Key}:{client.Secret}"));
}
