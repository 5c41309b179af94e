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

    // Three addresses for the router of the whole program; what is behind them is made when somebody enters.
    private static void Map(IEndpointRouteBuilder endpoints)
    {
        RequestDelegate enter = http => http.RequestServices.GetRequiredService<ConsoleDoor>().Enter(http, inside => inside.RequestServices.GetRequiredService<ConsoleServices>().Answer(inside));
        endpoints.Map(Path + "/{**page}", enter);
        endpoints.Map("/_blazor/{**call}", enter);
        endpoints.MapMethods(ConsoleAssets.Path + "{fingerprint}/{file}", ["GET"], ConsoleAssets.Send);
    }
}
