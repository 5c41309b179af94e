using System.Diagnostics;
using System.Globalization;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Peers;

/// <summary>One that is up and takes its turns.</summary>
internal sealed class RunningPeer : IDisposable
{
    private const double LeastMemory = 600; // MB that a server may take here
    private const int FirstForms = 600;
    private const double Spare = 1.4; // times the forms that the best turn so far would have used
    private readonly ChildProcess process;
    private readonly Dictionary<string, double> rates = [];

    private RunningPeer(Peer peer, Uri url, ChildProcess process, double started) => (Peer, Url, this.process, StartMilliseconds, MemoryAtStart) = (peer, url, process, started, process.Memory("VmRSS"));

    public sealed record Sample(double Rate, double Control, double P99, double ServerMicroseconds, double PostgresMicroseconds, bool AllGood);

    public Peer Peer { get; }

    public Uri Url { get; }

    public double StartMilliseconds { get; }

    public double MemoryAtStart { get; }

    public double Memory => process.Memory("VmRSS");

    public Dictionary<string, List<Sample>> Samples { get; } = [];

    /// <summary>Starts it twice: the first time may make keys and tables. Null, and why, where it cannot be started.</summary>
    public static async Task<RunningPeer?> Start(Peer peer)
    {
        try
        {
            if (MemoryLeft() < LeastMemory)
                throw new InvalidOperationException($"too little memory: {MemoryLeft():F0} MB are left");

            (await Started(peer)).Dispose();
            return await Started(peer);
        }
        catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception or System.Net.Sockets.SocketException or IOException)
        {
            Console.WriteLine($"{peer.Name} is left out, it does not start: {failure.Message}");
            return null;
        }
    }

    /// <summary>Sends what the grant needs for so long, one turn.</summary>
    public async Task<Sample> Take(string grant, TimeSpan duration, double control)
    {
        var count = (int)Math.Max(FirstForms, rates.GetValueOrDefault(grant) * duration.TotalSeconds * Spare);
        while (true)
        {
            var asked = await Peer.Does[grant](Url, count);
            await Peer.Settle();
            var (cpu, postgres) = (process.CpuSeconds(), ChildProcess.CpuSecondsOf("postgres"));
            try
            {
                var result = await Send(asked, duration);
                rates[grant] = Math.Max(rates.GetValueOrDefault(grant), result.RequestsPerSecond);
                return new Sample(
                    result.RequestsPerSecond, control, result.Latency.P99, (process.CpuSeconds() - cpu) * 1e6 / result.Requests,
                    (ChildProcess.CpuSecondsOf("postgres") - postgres) * 1e6 / result.Requests, result.AllGood);
            }
            catch (TooFewFormsException few)
            {
                count = (int)Math.Max(count * 2, few.Rate * duration.TotalSeconds * Spare);
            }
        }
    }

    public void Dispose() => process.Dispose();

    private Task<Wrk.Result> Send(Asked asked, TimeSpan duration) => asked switch
    {
        (null, var target) => Wrk.Run(Url + target.Path, duration),
        ({ Bodies: [var only] }, { Authorization: { } authorization } target) => Wrk.Post(Url + target.Path, only, authorization, duration),
        ({ } forms, var target) => Wrk.Post(Url + target.Path, forms, target.Authorization, target.Expected, Wrk.Connections, duration),
    };

    private static async Task<RunningPeer> Started(Peer peer)
    {
        var url = new Uri($"http://127.0.0.1:{Loopback.FreePort()}");
        var start = Stopwatch.GetTimestamp();
        var process = peer.Launch(url);
        try
        {
            await Loopback.FirstAnswer(url, peer.First(url), process);
            return new RunningPeer(peer, url, process, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    private static double MemoryLeft() =>
        long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
}
