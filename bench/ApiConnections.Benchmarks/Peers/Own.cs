using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Peers;

/// <summary>The published server, on each database.</summary>
internal static class Own
{
    public static readonly string[] Names = [Name("SQLite"), Name("PostgreSQL")];

    private const int CodesPerPerson = 4; // well below the bound on devices

    public static async Task<Peer> On(string engine, BenchInstallation installation, string binary)
    {
        var app = await installation.App();
        var codes = await CodeForms.Prepare(installation, app);
        return new Peer(Name(engine), Launch, url => Loopback.Post(url, "/oauth/token", installation.Authorization, PeerClients.MachineForm))
        {
            UsesPostgres = engine == "PostgreSQL",
            Settle = installation.Settle,
            Does =
            {
                [Grants.ClientCredentials] = (_, _) => Task.FromResult(PeerClients.Machine(installation.Authorization)),
                [Grants.Refresh] = async (_, count) => new Asked(await RefreshBench.Forms(installation, app, count), new Target()),
                [Grants.Code] = async (_, count) => new Asked(await codes.Make(count, CodesPerPerson), new Target()),
                [Grants.Introspection] = (server, _) => PeerClients.Introspection(server, installation.Authorization, PeerClients.MachineForm, installation.ApiAuthorization, "\"active\":true"),
            },
        };

        ChildProcess Launch(Uri url)
        {
            var address = url.GetLeftPart(UriPartial.Authority);
            return ChildProcess.StartProgram(binary, ["serve", "--issuer", address, "--urls", address], installation.Folder, installation.Environment);
        }
    }

    private static string Name(string engine) => $"API Connections on {engine}";
}
