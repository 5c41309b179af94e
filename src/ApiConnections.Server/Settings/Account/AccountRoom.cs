using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What is a person's own: the apps that act for them, where they are signed in, their password, passkeys and second factor.</summary>
internal static class AccountRoom
{
    public const string Apps = "/account/apps";
    public const string Sessions = "/account/sessions";
    public const string Password = "/account/password";
    public const string SecondFactor = "/account/second-factor";
    public const string Passkeys = "/account/passkeys";
    public const string NewPasskey = Passkeys + "/new";

    public static Room Room { get; } = new("Settings/Account")
    {
        Services = services => services
            .AddSingleton<AccountPages>()
            .AddSingleton<PersonalApps>()
            .AddSingleton<AppsEndpoint>()
            .AddSingleton<SessionsEndpoint>()
            .AddSingleton<PasswordEndpoint>()
            .AddSingleton<SecondFactorEndpoint>()
            .AddSingleton<PasskeysEndpoint>(),
        Endpoints = endpoints =>
        {
            endpoints.MapPage("/", Home);
            var apps = endpoints.ServiceProvider.GetRequiredService<AppsEndpoint>();
            endpoints.MapPage(Apps, apps.Show, apps.Change);
            var sessions = endpoints.ServiceProvider.GetRequiredService<SessionsEndpoint>();
            endpoints.MapPage(Sessions, sessions.Show, sessions.End);
            var password = endpoints.ServiceProvider.GetRequiredService<PasswordEndpoint>();
            endpoints.MapPage(Password, password.Show, password.Change);
            var factor = endpoints.ServiceProvider.GetRequiredService<SecondFactorEndpoint>();
            endpoints.MapPage(SecondFactor, factor.Show, factor.Change);
            var passkeys = endpoints.ServiceProvider.GetRequiredService<PasskeysEndpoint>();
            endpoints.MapPage(Passkeys, passkeys.Show, passkeys.Begin);
            endpoints.MapPage(NewPasskey, passkeys.ShowNew, passkeys.Add);
            endpoints.MapPage(Passkeys + "/{id:guid}", passkeys.ShowOne, passkeys.Change);
        },
    };

    private static Task Home(HttpContext http)
    {
        http.RequestServices.GetRequiredService<Pages>().See(http, Apps);
        return Task.CompletedTask;
    }
}
