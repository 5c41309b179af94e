using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

/// <summary>A node with an app that acts for people, and a person who may allow it everything that it may do.</summary>
public sealed partial class AppServer : IAsyncLifetime
{
    /// <summary>RFC 7636, appendix B.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    public const string Callback = "https://app.test/callback?tenant=7";

    public static readonly string[] Everything = ["assets:view", "tasks:add", "tasks:edit", "tasks:view"];

    public Installation Installation { get; private set; } = null!;

    public Node Node { get; private set; } = null!;

    /// <summary>A confidential app of "Acme"; asks for <see cref="Everything"/> where it names no scope.</summary>
    public TestConsumer App { get; private set; } = null!;

    public TestPerson Person { get; private set; } = null!;

    public ValueTask InitializeAsync() => Make(On.Sqlite);

    public static async Task<AppServer> New(On engine)
    {
        var server = new AppServer();
        await server.Make(engine);
        return server;
    }

    /// <summary>With a proxy between the node and PostgreSQL.</summary>
    public static async Task<(AppServer Server, PostgresProxy Proxy)> Breakable()
    {
        var server = new AppServer();
        PostgresProxy? proxy = null;
        await server.Make(On.Postgres, installation => (proxy = PostgresProxy.Before(installation)).Setting);
        return (server, proxy!);
    }

    public Task<TestConsumer> Another(params string[] options) => Installation.Consumer("Technicians", "authorization_code", options);

    public Browser Browser() => Node.Browser(Installation);

    public async Task<Browser> SignedIn(TestPerson? person = null)
    {
        var browser = Browser();
        await browser.SignIn(person ?? Person);
        return browser;
    }

    public Task<TestPerson> Somebody(string? group = "Technicians", string company = "Acme") => Node.Person(group, company);

    /// <summary>
    /// The app's request with changes, which stand in percent-encoding with spaces between them: <c>-name</c> leaves a parameter out,
    /// <c>name=value</c> sets it, <c>+name=value</c> gives it once more.
    /// </summary>
    public string Ask(string changes = "", TestConsumer? app = null) => "/oauth/authorize?" + Query(changes, app);

    public string Query(string changes = "", TestConsumer? app = null)
    {
        var query = new List<string>
        {
            "response_type=code", $"client_id={(app ?? App).Key}", "redirect_uri=" + Uri.EscapeDataString(Callback), "state=st%20%2B%C3%A9%2F%27%22%3C", $"code_challenge={Challenge}", "code_challenge_method=S256",
        };
        foreach (var change in changes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!change.StartsWith('+'))
                query.RemoveAll(pair => pair.Split('=')[0] == change.TrimStart('-').Split('=')[0]);
            if (!change.StartsWith('-'))
                query.Add(change.TrimStart('+').Replace("{key}", App.Key, StringComparison.Ordinal));
        }

        return string.Join('&', query);
    }

    /// <summary>The state of <see cref="Ask"/>, as the app has to get it back.</summary>
    public const string State = "st +é/'\"<";

    public Task<long> Codes() => Installation.Count("authorization_codes");

    public Task<long> LiveCodes() => Installation.Count("authorization_codes where redeemed_at is null and ended_at is null");

    /// <summary>Nothing was granted to anybody.</summary>
    public async Task NothingGranted()
    {
        (await Codes()).ShouldBe(0);
        (await Installation.Count("authorizations where user_id is not null")).ShouldBe(0);
        (await Installation.Count("transactions_log where action = 'authorization.grant'")).ShouldBe(0);
    }

    public Task<IReadOnlyList<GrantRow>> Grants() => Installation.Query<GrantRow>("select scope, declined, status from authorizations where user_id is not null order by id");

    public ValueTask DisposeAsync() => Installation.DisposeAsync();

    private async ValueTask Make(On engine, Func<Installation, (string, string?)>? setting = null)
    {
        Installation = await Installation.New(engine);
        await Installation.Do("group", "create", "--name", "Technicians", "--scopes", string.Join(' ', Everything));
        App = await Another("--callback", Callback);
        Node = await Installation.Start(settings: setting is null ? [] : [setting(Installation)]);
        Person = await Somebody();
    }
}

public sealed class GrantRow
{
    public string Scope { get; init; } = "";
    public string Declined { get; init; } = "";
    public string Status { get; init; } = "";
}

/// <summary>What people do on the consent page, and what tests say about answers.</summary>
internal static partial class Consenting
{
    /// <summary>The ticked boxes of the page.</summary>
    public static string[] Ticked(this PageAnswer page) => [.. Box().Matches(page.Html).Where(box => box.Value.Contains(" checked", StringComparison.Ordinal)).Select(box => box.Groups[1].Value)];

    /// <summary>All boxes of the page.</summary>
    public static string[] Boxes(this PageAnswer page) => [.. Box().Matches(page.Html).Select(box => box.Groups[1].Value)];

    /// <summary>Sends the form of the open page as the button Allow does, with these boxes ticked, or those that are.</summary>
    public static Task<PageAnswer> Allow(this Browser browser, params string[]? keep) =>
        browser.Submit("/consent", [("decision", "allow"), .. (keep is null or [] ? browser.Page.Ticked() : keep).Select(scope => ("scope", (string?)scope))]);

    public static Task<PageAnswer> Deny(this Browser browser) => browser.Submit("/consent", ("decision", "deny"));

    /// <summary>The consent page is open.</summary>
    public static PageAnswer ShouldAsk(this PageAnswer page)
    {
        page.Status.ShouldBe(HttpStatusCode.OK, page.Html);
        page.Html.ShouldContain("name=\"decision\" value=\"allow\"");
        page.HandOver.ShouldBeNull();
        return page;
    }

    /// <summary>The app got a code, with its state as it came and the issuer.</summary>
    public static string ShouldGiveCode(this PageAnswer page, Node node, string? state = AppServer.State)
    {
        var leads = page.Leads;
        leads.ShouldContainKey("code", page.HandOver ?? page.Location);
        leads["code"].ShouldStartWith("acc_");
        leads.GetValueOrDefault("state").ShouldBe(state);
        leads["iss"].ShouldBe(node.Issuer);
        leads.ShouldNotContainKey("error");
        leads.Values.ShouldNotContain(AppServer.Challenge);
        return leads["code"];
    }

    /// <summary>RFC 6749 s4.1.2.1: the app got an error.</summary>
    public static void ShouldRefuse(this PageAnswer page, Node node, string error, string? state = AppServer.State)
    {
        var leads = page.Leads;
        leads.GetValueOrDefault("error").ShouldBe(error, page.HandOver ?? page.Location);
        leads["error_description"].ShouldAllBe(c => c >= 0x20 && c <= 0x7E && c != '"' && c != '\\');
        leads.GetValueOrDefault("state").ShouldBe(state);
        leads["iss"].ShouldBe(node.Issuer);
        leads.ShouldNotContainKey("code");
    }

    /// <summary>RFC 6749 s4.1.2.1: a page, and nobody is sent anywhere.</summary>
    public static void ShouldBePage(this PageAnswer page, HttpStatusCode status)
    {
        page.Status.ShouldBe(status, page.Html);
        page.Location.ShouldBeNull();
        page.HandOver.ShouldBeNull();
        page.Html.ShouldNotContain("value=\"allow\"");
        page.ShouldBeProtected();
    }

    /// <summary>The headers of every page.</summary>
    public static void ShouldBeProtected(this PageAnswer page)
    {
        page.Headers["Cache-Control"].ShouldBe("no-store");
        page.Headers["Content-Security-Policy"].ShouldBe("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
        page.Headers["X-Frame-Options"].ShouldBe("DENY");
        page.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        page.Headers["Cross-Origin-Opener-Policy"].ShouldBe("same-origin");
        page.Headers["Cross-Origin-Resource-Policy"].ShouldBe("same-origin");
        page.Headers["Referrer-Policy"].ShouldBeOneOf("same-origin", "no-referrer");
        page.Headers.ShouldNotContainKey("Access-Control-Allow-Origin");
        page.Html.ShouldNotContain("<script", Case.Insensitive);
    }

    /// <summary>To the sign-in page, which comes back to where <c>return</c> says.</summary>
    public static IReadOnlyDictionary<string, string> ShouldAskToSignIn(this PageAnswer page)
    {
        page.Status.ShouldBe(HttpStatusCode.SeeOther, page.Html);
        page.Location.ShouldNotBeNull().ShouldStartWith("/signin?return=%2Foauth%2Fauthorize%2Fcontinue%3Frequest%3D");
        return page.Leads;
    }

    [GeneratedRegex("<input type=\"checkbox\" name=\"scope\" value=\"([^\"]*)\"[^>]*>")]
    private static partial Regex Box();
}
