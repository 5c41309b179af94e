using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>Makes an API a resource server of API Connections.</summary>
public static class ApiConnectionsServices
{
    /// <summary>Accepts the access tokens of one issuer; endpoints ask for them with <see cref="EndpointRequirements.RequireScope"/>.</summary>
    public static IServiceCollection AddApiConnections(this IServiceCollection services, Action<ResourceServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ResourceServerOptions>().Configure(configure).ValidateOnStart();
        return Add(services);
    }

    /// <summary>The same with the settings of a configuration section, by convention <see cref="ResourceServerOptions.Section"/>.</summary>
    public static IServiceCollection AddApiConnections(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<ResourceServerOptions>().Bind(section).ValidateOnStart();
        return Add(services);
    }

    private static IServiceCollection Add(IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ResourceServerOptions>, ResourceServerOptionsRules>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IssuerKeys>();
        services.TryAddSingleton<Revocations>();
        services.TryAddSingleton<IssuerNodes>();
        services.TryAddSingleton<Introspection>();
        services.TryAddSingleton<UsageBook>();
        services.TryAddSingleton<ResourceServerMetrics>();
        services.TryAddSingleton<AccessTokenCheck>();
        services.AddMetrics();
        services.AddHostedService<KeyRefresh>();
        services.AddHostedService<RevocationListener>();
        services.AddHostedService<UsageReporter>();

        // A redirect could lead to keys of somebody else: the issuer's own address is the only one that is asked.
        services.AddHttpClient(IssuerKeys.HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(2), MaxConnectionsPerServer = 64 })
            .RemoveAllLoggers();
        return services;
    }
}
