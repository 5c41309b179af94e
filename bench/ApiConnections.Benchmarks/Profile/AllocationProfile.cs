using System.Diagnostics.Tracing;
using ApiConnections.Benchmarks.Growth;
using ApiConnections.Benchmarks.Load;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace ApiConnections.Benchmarks.Profile;

/// <summary>The runtime's own samples of what is allocated: about every hundred thousandth byte, with its stack.</summary>
internal static class AllocationProfile
{
    /// <returns>The share of each step, and the bytes of a request.</returns>
    public static async Task<(Dictionary<string, double> Shares, double Bytes)> Of(Node node, Func<Task<Wrk.Result>> load)
    {
        var trace = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".nettrace");
        try
        {
            var requests = await Record(trace, node, load);
            var bytes = new Dictionary<string, double>();
            using var log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(trace));
            foreach (var tick in log.Events.ByEventType<GCAllocationTickTraceData>())
            {
                var step = Steps.Of("", [.. Frames(tick.CallStack())]);
                bytes[step] = bytes.GetValueOrDefault(step) + tick.AllocationAmount64;
            }

            return (bytes.AsShares(), bytes.Values.Sum() / requests);
        }
        finally
        {
            File.Delete(trace);
            File.Delete(Path.ChangeExtension(trace, ".etlx"));
        }
    }

    private static async Task<long> Record(string trace, Node node, Func<Task<Wrk.Result>> load)
    {
        var runtime = new EventPipeProvider(ClrTraceEventParser.ProviderName, EventLevel.Verbose, (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.Stack));
        await using var file = File.Create(trace);
        using var events = new DiagnosticsClient(node.ProcessId).StartEventPipeSession([runtime], requestRundown: true, circularBufferMB: 512);
        var written = events.EventStream.CopyToAsync(file);
        var result = await load();
        await events.StopAsync(default);
        await written;
        return result.Requests;
    }

    private static IEnumerable<string> Frames(TraceCallStack? stack)
    {
        for (; stack is not null; stack = stack.Caller)
            yield return stack.CodeAddress.FullMethodName;
    }
}
