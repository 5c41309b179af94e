using ApiConnections.Benchmarks.Circuits;
using ApiConnections.Benchmarks.Growth;
using ApiConnections.Benchmarks.Log;
using ApiConnections.Benchmarks.Peers;
using ApiConnections.Benchmarks.People;
using ApiConnections.Benchmarks.Profile;
using ApiConnections.Benchmarks.ResourceServer;
using ApiConnections.Benchmarks.Revocation;
using ApiConnections.Benchmarks.Storage;
using ApiConnections.Benchmarks.Token;

// One line per command: its name, what it shows, and what runs. Those with an empty description are started by others as a process of their own.
(string Name, string Shows, Func<string[], Task> Run)[] commands =
[
    ("resource-server", "checking access tokens in an API: seen before, new, a million different ones, and the price for an endpoint", _ => ResourceServerBench.Run()),
    ("token", "client credentials beside plain text on the same Kestrel, on SQLite and, with API_CONNECTIONS_BENCH_POSTGRES, on PostgreSQL", _ => TokenBench.Run()),
    ("code", "codes redeemed once each, durable, beside client credentials on the same server, on the same databases as token, or on one: SQLite, PostgreSQL", CodeBench.Run),
    ("refresh", "refresh tokens rotated once each, durable, beside client credentials on the same server, on the same databases as token, or on one: SQLite, PostgreSQL", RefreshBench.Run),
    ("introspect", "access tokens looked at by their API, beside client credentials on the same server, on the same databases as token, or on one: SQLite, PostgreSQL", IntrospectBench.Run),
    ("journeys", "signed-in people through authorize, consent, code and tokens, 256 at once, on the same databases as token, or on one", JourneyBench.Run),
    ("flood", "client credentials while 50 wrong sign-ins a second arrive, beside the rate without them", _ => FloodBench.Run()),
    ("revocation", "how long an API accepts what was revoked at another node; needs API_CONNECTIONS_BENCH_POSTGRES", _ => RevocationBench.Run()),
    ("pruning", "client credentials while a million expired rows are deleted, beside the rate without, on the same databases as token, or on one", PruningBench.Run),
    ("sign-in-page", "what the sign-in page weighs and how soon it is answered", _ => SignInPageBench.Run()),
    ("start", "process start to the first token, and memory, of the published server: start PATH-TO-BINARY", StartBench.Run),
    ("peers", "the published server beside OpenIddict, oidc-provider and a plain endpoint: peers PATH-TO-BINARY FOLDER-OF-PEERS [--check] [--quick] [client-credentials] [refresh] [code] [introspection]", PeersBench.Run),
    ("growth", "a million consumers and authorizations, two nodes, 2,000 listeners, 100,000 changes, on PostgreSQL: growth PATH-TO-BINARY FOLDER-FOR-PLOTS [--check] [--quick] [consumers] [authorizations] [nodes] [listeners] [changes]", GrowthBench.Run),
    ("console", "start and memory before anybody opens the console, the bytes of a first load in Chromium, the memory of a hundred open ones: console PATH-TO-BINARY [--check]", ConsoleBench.Run),
    ("profile", "where the processor time and the memory of a token and of a refresh go, by step, in the published server: profile PATH-TO-BINARY", ProfileBench.Run),
    ("telemetry", "what a token costs with metrics and traces sent to a collector, beside one without: telemetry [--check]", TelemetryBench.Run),
    ("log", "a long transactions log: verified, sent as a file, and pages of ten million records, on the same databases as token, or on one: log [--check] [--quick] [SQLite] [PostgreSQL]", LogBench.Run),
    ("against", "what a token costs here and in another tree that is built: against PATH-TO-TREE NAME", AgainstBench.Run),
    (TokenServer.Command, "", TokenServer.RunAsChild),
    (MemoryBench.Command, "", MemoryBench.RunAsChild),
    (EndpointServer.Command, "", EndpointServer.RunAsChild),
    (RevocationApi.Command, "", RevocationApi.RunAsChild),
];

var command = commands.FirstOrDefault(candidate => candidate.Name == args.FirstOrDefault());
if (command.Run is null)
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project bench/ApiConnections.Benchmarks -- <command>");
    foreach (var (name, shows, _) in commands.Where(candidate => candidate.Shows.Length > 0))
        Console.Error.WriteLine($"  {name}  {shows}");
    return 2;
}

await command.Run(args[1..]);
return Environment.ExitCode;
