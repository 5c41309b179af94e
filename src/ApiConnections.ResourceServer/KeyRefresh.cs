using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>Keeps the issuer's keys fresh in the background; the start of the API does not wait for it.</summary>
internal sealed class KeyRefresh(IssuerKeys keys, IOptions<ResourceServerOptions> options, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan longestPauseAfterFailure = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var refresh = keys.Refresh();
            await ((Task)refresh).WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            failures = refresh is { IsCompletedSuccessfully: true, Result: true } ? 0 : failures + 1;
            await Task.Delay(Pause(failures), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A tenth more or less, so that many APIs that started together do not ask together.
    private TimeSpan Pause(int failures)
    {
        var interval = options.Value.KeysRefreshInterval;
        if (failures > 0)
            interval = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(failures - 1, 5)), Math.Min(longestPauseAfterFailure.TotalSeconds, interval.TotalSeconds)));

        return interval * (0.9 + (0.2 * Random.Shared.NextDouble()));
    }
}
