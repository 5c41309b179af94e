using System.Security.Cryptography;
using System.Text;

namespace ApiConnections.Samples.Demo;

/// <summary>How the demo was started.</summary>
internal sealed record DemoOptions(string? Data, string? Postgres, int PortBase, bool Json)
{
    public string Issuer => $"http://localhost:{PortBase}";

    public string Api => $"http://localhost:{PortBase + 1}";

    /// <summary>The folder of the demo's files.</summary>
    public string Folder { get; } = Path.GetFullPath(Data ?? Path.Combine(Path.GetTempPath(), $"api-connections-demo-{Environment.ProcessId}"));

    /// <summary>What the server and its command line run with.</summary>
    public IReadOnlyDictionary<string, string?> Settings => Postgres is null
        ? new Dictionary<string, string?> { ["ApiConnections:Data"] = Folder }
        : new Dictionary<string, string?>
        {
            ["ApiConnections:Data"] = Folder,
            ["ApiConnections:Database:Engine"] = "postgres",
            ["ApiConnections:Database:ConnectionString"] = Postgres,
            // Several demos on one database are several nodes: they need the same key. No real installation derives its key from anything.
            ["ApiConnections:Keys:EncryptionKey"] = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes("api-connections demo, not for real data"))),
        };
}
