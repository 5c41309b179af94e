using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>Says whether this API can tell good tokens from bad ones.</summary>
internal sealed class RevocationsHealth(Revocations revocations, IssuerKeys keys, IOptions<ResourceServerOptions> options, TimeProvider clock) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Now());

    private HealthCheckResult Now()
    {
        if (keys.Current is not { } trusted || clock.GetUtcNow().ToUnixTimeSeconds() >= trusted.GoodUntil)
            return HealthCheckResult.Unhealthy("The issuer's keys could not be fetched: requests with a token get 503.");
        if (!revocations.IsStale)
            return HealthCheckResult.Healthy(options.Value.HasCredentials ? $"Revocations are heard of; {revocations.Count} are held." : "Revocations are not listened to.");

        return options.Value.WhenStale == WhenStale.Introspect
            ? HealthCheckResult.Degraded("Revocations are not heard of: the issuer is asked about each token.")
            : HealthCheckResult.Unhealthy("Revocations are not heard of: requests with a token get 503.");
    }
}

/// <summary>Adds what this package knows of its health to the API's own checks.</summary>
public static class ApiConnectionsHealthChecks
{
    /// <summary>
    /// A check named <c>api-connections</c>: unhealthy where requests with a token get 503, degraded where the issuer has to be asked about each token because
    /// revocations are not heard of.
    /// </summary>
    public static IHealthChecksBuilder AddApiConnections(this IHealthChecksBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<RevocationsHealth>("api-connections");
    }
}
