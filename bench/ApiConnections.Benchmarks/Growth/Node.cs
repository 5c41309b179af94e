using System.Diagnostics;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>The published server on one installation.</summary>
internal sealed class Node : IDisposable
{
    private readonly ChildProcess process;

    private Node(Uri url, ChildProcess process, double started) => (Url, this.process, StartMilliseconds) = (url, process, started);

    public Uri Url { get; }

    /// <summary>Process start to the first token.</summary>
    public double StartMilliseconds { get; }

    public int ProcessId => process.Id;

    public double CpuSeconds => process.CpuSeconds();

    public double Memory => process.Memory("VmRSS");

    /// <summary>Starts it three times, the last of which goes on; its start is the median.</summary>
    public static async Task<Node> StartTimed(BenchInstallation installation, string binary)
    {
        (await Start(installation, binary)).Dispose(); // may make the signing key
        var times = new List<double>();
        for (var i = 0; i < 2; i++)
        {
            using var once = await Start(installation, binary);
            times.Add(once.StartMilliseconds);
        }

        var last = await Start(installation, binary);
        times.Add(last.StartMilliseconds);
        return new Node(last.Url, last.process, times.Order().ElementAt(1));
    }

    public static async Task<Node> Start(BenchInstallation installation, string binary)
    {
        var url = new Uri($"http://127.0.0.1:{Loopback.FreePort()}");
        var address = url.GetLeftPart(UriPartial.Authority);
        var start = Stopwatch.GetTimestamp();
        var process = ChildProcess.StartProgram(binary, ["serve", "--issuer", address, "--urls", address], installation.Folder, installation.Environment);
        await Loopback.FirstAnswer(url, Loopback.Post(url, "/oauth/token", installation.Authorization, "grant_type=client_credentials"), process);
        return new Node(url, process, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public async Task<Wrk.Result> Send(Forms forms, TimeSpan turn, int connections = Wrk.Connections)
    {
        var result = await Wrk.Post(Url + "oauth/token", forms, null, "", connections, turn);
        return result.AllGood ? result : throw new InvalidOperationException("There were errors in the answers.");
    }

    public void Dispose() => process.Dispose();
}
