using System.Text.Json;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using OtpNet;

namespace ApiConnections.Tests.Support;

/// <summary>Somebody who can sign in.</summary>
public sealed record Login(string Email, string Password);

/// <summary>A person's second factor as the person has it.</summary>
internal sealed record TestFactor(byte[] Key, IReadOnlyList<string> RecoveryCodes)
{
    /// <summary>What the authenticator app shows, so many steps from now.</summary>
    public string Code(Installation installation, int steps = 0) => new Totp(Key).ComputeTotp(installation.Clock.GetUtcNow().AddSeconds(steps * 30).UtcDateTime);
}

/// <summary>People who sign in as people do: with a password that must be seen nowhere.</summary>
internal static class SigningIn
{
    public static string NewPassword(this Installation installation)
    {
        var password = "word-" + Base62.Random(16);
        installation.Watch(password);
        return password;
    }

    /// <summary>Made on the command line.</summary>
    public static async Task<Login> Login(this Installation installation, string role = "user", string? email = null, string? group = "Viewers")
    {
        var login = new Login(email ?? $"{Base62.Random(12).ToLowerInvariant()}@acme.test", installation.NewPassword());
        var result = await installation.Type(login.Password + "\n", ["user", "create", "--company", "Acme", "--email", login.Email, "--role", role, .. group is null ? Array.Empty<string>() : ["--group", group], "--json"]);
        return result.Exit == 0 ? login : throw new InvalidOperationException(result.Error);
    }

    /// <summary>Opens the sign-in page and sends it.</summary>
    public static async Task<PageAnswer> SignInAs(this Browser browser, string email, string password, string query = "")
    {
        await browser.Get("/signin" + query);
        return await browser.Submit("/signin", ("email", email), ("password", password));
    }

    public static Task<PageAnswer> SignInAs(this Browser browser, Login login, string query = "") => browser.SignInAs(login.Email, login.Password, query);

    /// <summary>Whether pages take this browser for signed in.</summary>
    public static async Task<bool> IsSignedIn(this Browser browser) => (await browser.Get("/signin")).Location == "/account/apps";

    /// <summary>The value of a cookie of this browser; null where there is none.</summary>
    public static string? Cookie(this Browser browser, string name) => browser.Cookies.GetCookies(new Uri(browser.Node.Issuer))[name]?.Value;

    /// <summary>Sets a person's second factor up.</summary>
    public static async Task<TestFactor> SecondFactor(this Node node, Installation installation, Login login)
    {
        var services = node.App.Services;
        var user = (await installation.Read(session => UserStore.FindByEmail(session, login.Email)))!;
        var pending = (await services.GetRequiredService<SecondFactors>().Begin(user)).Granted();
        installation.Watch(pending.Key);
        var factor = new TestFactor(Base32Encoding.ToBytes(pending.Key), []);
        var codes = (await services.GetRequiredService<SecondFactors>().Confirm(new Actor(user.Email, "test"), user, null, factor.Code(installation, -1))).Granted();
        foreach (var code in codes)
            installation.Watch(code);

        return factor with { RecoveryCodes = codes };
    }

    public static T Granted<T>(this Protocol.Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out var value, out var refusal) ? value : throw new InvalidOperationException("Refused: " + refusal.Reason);

    /// <summary>Why it was refused.</summary>
    public static Protocol.Refusal Refused<T>(this Protocol.Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out _, out var refusal) ? throw new InvalidOperationException("It was granted.") : refusal;

    public static string? RefusedAs<T>(this Protocol.Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out _, out var refusal) ? null : refusal.Error.Code;

    /// <summary>The actions in a log, oldest first.</summary>
    public static Task<IReadOnlyList<string>> Actions(this Installation installation, string like = "%") =>
        installation.Query<string>("select action from transactions_log where action like @like order by made_at, chain, number", new { like });

    public static JsonElement Json(this CommandResult result) => JsonDocument.Parse(result.Output).RootElement;
}
