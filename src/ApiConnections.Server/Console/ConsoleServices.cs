using System.Diagnostics.Metrics;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Components;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using MudBlazor;
using MudBlazor.Services;

namespace ApiConnections.Server.Console;

/// <summary>
/// The console's pages and their container: all that the server has, and what Blazor and MudBlazor need, which costs a process megabytes merely to have registered.
/// Made when somebody enters the console, so that a node that only issues tokens loads none of it.
/// </summary>
internal sealed class ConsoleServices : IAsyncDisposable
{
    // Those of the framework's that keep something, or that whoever hosts the server may have put another in the place of.
    private static readonly HashSet<Type> frameworks =
    [
        typeof(IConfiguration),
        typeof(IHostEnvironment),
        typeof(IWebHostEnvironment),
        typeof(IHostApplicationLifetime),
        typeof(ILoggerFactory),
        typeof(IMeterFactory),
        typeof(System.Diagnostics.DiagnosticListener),
        typeof(TimeProvider),
        typeof(IDataProtectionProvider),
        typeof(IAntiforgery),
    ];

    private readonly ServiceProvider services;
    private readonly RequestDelegate pages;

    /// <param name="server">The container of the server. Its services are the same here.</param>
    /// <param name="registered">What was put into it.</param>
    public ConsoleServices(IServiceProvider server, IServiceCollection registered)
    {
        services = Make(server, registered);
        pages = Build(services);
    }

    /// <summary>Answers a request with these services in place of the server's.</summary>
    public async Task Answer(HttpContext http)
    {
        var servers = http.RequestServices;
        await using var scope = services.CreateAsyncScope();
        http.RequestServices = scope.ServiceProvider;
        try
        {
            await pages(http);
        }
        finally
        {
            http.RequestServices = servers;
        }
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private static RequestDelegate Build(IServiceProvider services)
    {
        var branch = new ApplicationBuilder(services);
        branch.UseRouting();
        branch.UseAntiforgery();
        branch.UseEndpoints(pages => pages.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null));
        return branch.Build();
    }

    private static ServiceProvider Make(IServiceProvider server, IServiceCollection registered)
    {
        var services = new ServiceCollection();
        services.AddScoped<ConsoleSession>().AddScoped<Messages>().AddScoped<CircuitHandler, Activity>();
        services.AddRouting();
        services.AddRazorComponents().AddInteractiveServerComponents(options => options.DetailedErrors = false);
        services.AddMudServices();
        services.AddTransient<MudLocalizer, MudWords>();
        // After the framework's own of the same types, which these stand in for. An instance belongs to whoever made it: the server's are not disposed of here.
        foreach (var shared in registered.Select(service => service.ServiceType).Where(IsShared).Distinct())
        {
            foreach (var instance in server.GetServices(shared))
                services.AddSingleton(shared, instance!);
        }

        services.AddSingleton(server.GetRequiredService<IOptions<IssuerOptions>>());
        return services.BuildServiceProvider();
    }

    private static bool IsShared(Type service) => service != typeof(ConsoleServices) && (service.Assembly == typeof(ConsoleServices).Assembly || frameworks.Contains(service));
}
