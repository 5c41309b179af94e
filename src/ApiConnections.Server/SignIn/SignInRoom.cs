using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.SignIn;

internal static class SignInRoom
{
    public static Room Room { get; } = new("SignIn")
    {
        Services = services => services
            .AddSingleton<SignInSteps>()
            .AddSingleton<SignInPages>()
            .AddSingleton<SignOutPages>()
            .AddSingleton<NewSessions>()
            .AddSingleton<PendingSignIns>()
            .AddSingleton<SetUpAddress>()
            .AddSingleton<SetUp>()
            .AddSingleton<SetUpPages>()
            .AddSingleton<LockOuts>()
            .AddHostedService(provider => provider.GetRequiredService<LockOuts>()),
        Endpoints = Map,
        Announces = services => services.GetRequiredService<SetUpAddress>().Announce(),
    };

    private static void Map(IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.ServiceProvider.GetRequiredService<SignInPages>();
        var signOut = endpoints.ServiceProvider.GetRequiredService<SignOutPages>();
        var setUp = endpoints.ServiceProvider.GetRequiredService<SetUpPages>();
        endpoints.MapPage(SignInPages.Path, pages.Show, pages.Submit);
        endpoints.MapPage(SignInPages.CodePath, pages.ShowCode, pages.SubmitCode);
        endpoints.MapPage(SignOutPages.Path, signOut.Show, signOut.Submit);
        endpoints.MapPage(SetUpAddress.Path + "{token}", setUp.Show, setUp.Submit);
    }
}
