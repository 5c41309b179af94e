using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Hosting;

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
            services.AddSingleton(server => new ConsoleServices(server, services));
        },
        Endpoints = Map,
    };

    // Three addresses for the router of the whole program; what is behind them is built when somebody enters the console, so that a node that only issues tokens does without.
    private static void Map(IEndpointRouteBuilder endpoints)
    {
        var pages = new Lazy<RequestDelegate>(() => Build(endpoints.ServiceProvider.GetRequiredService<ConsoleServices>()));
        RequestDelegate enter = http => http.RequestServices.GetRequiredService<ConsoleDoor>().Enter(http, inside => pages.Value(inside));
        endpoints.Map(Path + "/{**page}", enter);
        endpoints.Map("/_blazor/{**call}", enter);
        endpoints.MapMethods(ConsoleAssets.Path + "{fingerprint}/{file}", ["GET"], ConsoleAssets.Send);
    }

    private static RequestDelegate Build(ConsoleServices services)
    {
        var branch = new ApplicationBuilder(services.Provider);
        branch.Use(services.Use);
        branch.UseRouting();
        branch.UseAntiforgery();
        branch.UseEndpoints(pages => pages.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null));
        return branch.Build();
    }
}
