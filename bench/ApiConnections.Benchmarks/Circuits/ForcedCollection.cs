using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace ApiConnections.Benchmarks.Circuits;

/// <summary>
/// Lets the collector of another process take everything that nobody holds, by the runtime's own diagnostics port: whoever listens to its events with the keyword
/// GCHeapCollect starts with a full collection. The server has no door for it.
/// </summary>
internal static class ForcedCollection
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const long HeapCollect = 0x800000;

    public static async Task Of(int processId)
    {
        var client = new DiagnosticsClient(processId);
        // Twice: the first one finds what only its finalizer still held.
        for (var i = 0; i < 2; i++)
        {
            using var events = client.StartEventPipeSession([new EventPipeProvider(Runtime, EventLevel.Informational, HeapCollect)], requestRundown: false);
            var drained = events.EventStream.CopyToAsync(Stream.Null);
            // It gives memory back to the system little by little.
            await Task.Delay(TimeSpan.FromSeconds(5));
            events.Stop();
            await drained;
        }
    }
}
