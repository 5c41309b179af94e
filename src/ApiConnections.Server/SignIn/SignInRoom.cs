using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;
using static ApiConnections.Server.Console.Static.PageEndpoints;

namespace ApiConnections.Server.SignIn;

internal static class SignInRoom
{
    public static Room Room { get; } = new("SignIn")
    {
        Services = services => services
            .AddSingleton<SignInSteps>()
            .AddSingleton<SignInPages>()
            .AddSingleton<StepPages>()
            .AddSingleton<PasskeyPages>()
            .AddSingleton<SignOutPages>()
            .AddSingleton<NewSessions>()
            .AddSingleton<PendingSignIns>()
            .AddSingleton<SetUpAddress>()
            .AddSingleton<SetUp>()
            .AddSingleton<SetUpPages>()
            .AddSingleton<LinkedPeople>()
            .AddSingleton<LinkPages>()
            .AddSingleton<LockOuts>()
            .AddHostedService(provider => provider.GetRequiredService<LockOuts>()),
        Endpoints = Map,
        Announces = services => services.GetRequiredService<SetUpAddress>().Announce(),
    };

    private static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPage(SignInPages.Path, On<SignInPages>(page => page.Show), On<SignInPages>(page => page.Submit));
        endpoints.MapPage(SignInPages.CodePath, On<SignInPages>(page => page.ShowCode), On<SignInPages>(page => page.SubmitCode));
        endpoints.MapPage(StepPages.PasswordPath, On<StepPages>(page => page.ShowPassword), On<StepPages>(page => page.SubmitPassword));
        endpoints.MapPage(StepPages.FactorPath, On<StepPages>(page => page.ShowFactor), On<StepPages>(page => page.SubmitFactor));
        endpoints.MapPage(PasskeyPages.Path, On<PasskeyPages>(page => page.Show), On<PasskeyPages>(page => page.Submit));
        endpoints.MapPage(SignOutPages.Path, On<SignOutPages>(page => page.Show), On<SignOutPages>(page => page.Submit));
        endpoints.MapPage(PersonLinks.InvitationPath + "{token}", On<LinkPages>(page => page.ShowInvitation), On<LinkPages>(page => page.SubmitInvitation));
        endpoints.MapPage(PersonLinks.PasswordPath + "{token}", On<LinkPages>(page => page.ShowPassword), On<LinkPages>(page => page.SubmitPassword));
        endpoints.MapPage(SetUpAddress.Path + "{token}", On<SetUpPages>(page => page.Show), On<SetUpPages>(page => page.Submit));
    }
}
