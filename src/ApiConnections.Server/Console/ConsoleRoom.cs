using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Hosting;
using Microsoft.AspNetCore.Components.Server.Circuits;
using MudBlazor;
using MudBlazor.Services;

namespace ApiConnections.Server.Console;

/// <summary>The shell around the pages of the settings, for those who administer a company.</summary>
internal static class ConsoleRoom
{
    public const string Path = "/settings";

    public static Room Room { get; } = new("Console")
    {
        Services = services =>
        {
            services.AddSingleton<Sentences>().AddSingleton<ConsoleDoor>();
            services.AddScoped<ConsoleSession>().AddScoped<Messages>().AddScoped<CircuitHandler, Activity>();
            services.AddRazorComponents().AddInteractiveServerComponents(options => options.DetailedErrors = false);
            services.AddMudServices();
            services.AddTransient<MudLocalizer, MudWords>();
        },
        Endpoints = Map,
    };

    // Three addresses for the router of the whole program; what is behind them is built when somebody opens the console, so that a node that only issues tokens does without.
    private static void Map(IEndpointRouteBuilder endpoints)
    {
        var branch = new Lazy<RequestDelegate>(() => Build(endpoints.ServiceProvider));
        endpoints.Map(Path + "/{**page}", http => branch.Value(http));
        endpoints.Map("/_blazor/{**call}", http => branch.Value(http));
        endpoints.MapMethods(ConsoleAssets.Path + "{fingerprint}/{file}", ["GET"], ConsoleAssets.Send);
    }

    private static RequestDelegate Build(IServiceProvider services)
    {
        var branch = new ApplicationBuilder(services);
        branch.Use(services.GetRequiredService<ConsoleDoor>().Enter);
        branch.UseRouting();
        branch.UseAntiforgery();
        branch.UseEndpoints(pages => pages.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null));
        return branch.Build();
    }
}
