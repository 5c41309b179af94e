using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace ApiConnections.Server.Keys;

/// <summary>
/// Reads the ring before the first page. The library reads it while the thread of whoever seals something waits: of many first pages at once each would hold
/// a thread, and none would be left for the database to answer on. Here they wait for one reading, and hold none.
/// </summary>
internal sealed class RingAtFirstUse(IDataProtectionProvider protection)
{
    private readonly Lock guard = new();
    private Task? reading;

    /// <summary>Returns when the ring has been read.</summary>
    /// <exception cref="StorageUnavailableException">It cannot be; whoever comes next tries again.</exception>
    public Task Wait()
    {
        if (Volatile.Read(ref reading) is { IsCompletedSuccessfully: true } done)
            return done;

        lock (guard)
        {
            // One under way is everybody's.
            if (reading is null or { IsFaulted: true })
                reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

            return reading;
        }
    }

    private void Read() => protection.CreateProtector("first use").Seal([]);
}
