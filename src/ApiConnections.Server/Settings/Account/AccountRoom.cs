using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;
using static ApiConnections.Server.Console.Static.PageEndpoints;

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
            endpoints.MapPage(Apps, On<AppsEndpoint>(page => page.Show), On<AppsEndpoint>(page => page.Change));
            endpoints.MapPage(Sessions, On<SessionsEndpoint>(page => page.Show), On<SessionsEndpoint>(page => page.End));
            endpoints.MapPage(Password, On<PasswordEndpoint>(page => page.Show), On<PasswordEndpoint>(page => page.Change));
            endpoints.MapPage(SecondFactor, On<SecondFactorEndpoint>(page => page.Show), On<SecondFactorEndpoint>(page => page.Change));
            endpoints.MapPage(Passkeys, On<PasskeysEndpoint>(page => page.Show), On<PasskeysEndpoint>(page => page.Begin));
            endpoints.MapPage(NewPasskey, On<PasskeysEndpoint>(page => page.ShowNew), On<PasskeysEndpoint>(page => page.Add));
            endpoints.MapPage(Passkeys + "/{id:guid}", On<PasskeysEndpoint>(page => page.ShowOne), On<PasskeysEndpoint>(page => page.Change));
        },
    };

    private static Task Home(HttpContext http)
    {
        http.RequestServices.GetRequiredService<Pages>().See(http, Apps);
        return Task.CompletedTask;
    }
}
