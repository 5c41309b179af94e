using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Peers;

/// <summary>What is asked of every server.</summary>
internal static class Grants
{
    public const string ClientCredentials = "client-credentials";
    public const string Refresh = "refresh";
    public const string Code = "code";
    public const string Introspection = "introspection";

    public static readonly string[] All = [ClientCredentials, Refresh, Code, Introspection];

    public static string Title(string grant) => grant switch
    {
        ClientCredentials => "client credentials",
        Refresh => "refresh with rotation",
        Code => "code to tokens",
        _ => "introspection of an access token",
    };
}

/// <summary>The servers that stand beside ours.</summary>
internal static class PeerNames
{
    public const string Control = "control: plain text on Kestrel";
    public const string FormControl = "control: the form read, 800 bytes answered";
    public const string WithoutStorage = "OpenIddict without storage";
    public const string OnPostgres = "OpenIddict, EF Core on PostgreSQL";
    public const string OidcProvider = "oidc-provider, in memory";
}

/// <summary>A server that is started, asked and measured like all others.</summary>
/// <param name="Launch">Starts it at an address.</param>
/// <param name="First">The request whose first good answer ends its start.</param>
internal sealed record Peer(string Name, Func<Uri, ChildProcess> Launch, Func<Uri, byte[]> First)
{
    /// <summary>How requests are made, by grant; for one that is missing, <see cref="Lacks"/> says why.</summary>
    public Dictionary<string, Work> Does { get; init; } = [];

    public Dictionary<string, string> Lacks { get; init; } = [];

    /// <summary>Lets its database tidy up after much was written at once.</summary>
    public Func<Task> Settle { get; init; } = () => Task.CompletedTask;

    public bool UsesPostgres { get; init; }
}

/// <summary>Makes so many requests for the server at that address.</summary>
internal delegate Task<Asked> Work(Uri server, int count);

/// <param name="Forms">The bodies; null for a plain GET.</param>
internal sealed record Asked(Forms? Forms, Target Target);
