using System.Net;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.Account;

/// <summary>A person sees which apps act for them, and ends them; nobody else's.</summary>
public sealed class AppsTests
{
    private const string Apps = "/account/apps";

    [Theory, Engines]
    public async Task It_says_which_app_of_whom_may_do_what_since_when_and_where(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person();
        var app = await installation.App("--description", "Closes work orders in the field.");
        var authorization = await installation.Authorization(person, app, "assets:view tasks:view tasks:edit");
        await installation.Device(person, app, authorization, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36");
        using var browser = node.Browser(installation);
        await browser.SignIn(person);

        var page = await browser.Get(Apps);

        page.Status.ShouldBe(HttpStatusCode.OK);
        var text = Text(page);
        foreach (var said in new[] { app.Name, "Registered by Acme", "Closes work orders in the field.", "3 days ago", "3 minutes ago", "2 hours ago", "Chrome, Windows", "203.0.113.7", person.Email })
            text.ShouldContain(said);
        var catalogue = node.App.Services.GetRequiredService<Server.Model.ModuleCatalogue>();
        text.ShouldContain(catalogue.Sentence("tasks:view", "en"));
        text.ShouldNotContain(catalogue.Sentence("tasks:edit", "en"), customMessage: "the group does not allow it any more");
        page.Html.ShouldContain($"<button class=\"danger\" name=\"revoke\" value=\"{authorization}\"");
        page.Html.ShouldContain("aria-current=\"page\"");
        page.Html.ShouldContain("UTC\"");
        page.Headers["Cache-Control"].ShouldBe("no-store");
        page.Headers["Content-Security-Policy"].ShouldContain("default-src 'none'");
        page.Html.ShouldNotContain("<script");
        page.Html.ShouldNotContain(" style=");
    }

    [Theory, Engines]
    public async Task Revoke_ends_the_app_on_every_device_with_its_record_and_its_change_and_says_so_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person();
        var (app, kept) = (await installation.App(), await installation.App());
        var authorization = await installation.Authorization(person, app);
        var other = await installation.Authorization(person, kept);
        await installation.Device(person, app, authorization);
        var otherDevice = await installation.Device(person, kept, other);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        await browser.Get(Apps);
        var before = await installation.LastChange();

        var answer = await browser.Submit(Apps, ("revoke", authorization.ToString()));
        var again = await browser.Post(Apps, [("revoke", authorization.ToString()), ("antiforgery", await Token(browser))]);

        answer.Status.ShouldBe(HttpStatusCode.SeeOther);
        answer.Location.ShouldBe($"{Apps}?revoked={authorization}");
        again.Location.ShouldBe(answer.Location, "pressed twice does no harm");
        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject, change.ForApis).ShouldBe(("authorization", authorization.ToString(), true));
        (await installation.Count("transactions_log where action = 'authorization.revoke'")).ShouldBe(1);
        (await installation.Query<string>("select actor from transactions_log where action = 'authorization.revoke'")).ShouldBe([person.Email]);
        (await installation.Read(session => AuthorizationStore.Find(session, authorization)))!.IsLive.ShouldBeFalse();
        (await installation.Read(session => AuthorizationStore.Find(session, other)))!.IsLive.ShouldBeTrue();
        (await installation.Query<Guid>("select id from token_families where ended_at is null")).ShouldBe([otherDevice]);

        var page = await browser.Get(answer.Location!);
        Text(page).ShouldContain($"Revoked. {app.Name} can no longer do anything for you.");
        page.Html.ShouldNotContain($"value=\"{authorization}\"");
        installation.Clock.Advance(TimeSpan.FromMinutes(6));
        Text(await browser.Get(answer.Location!)).ShouldNotContain("Revoked.", customMessage: "what was done long ago is no news");
        (await browser.Get($"{Apps}?revoked={other}")).Html.ShouldNotContain("Revoked.", customMessage: "nor what was not done");
        (await browser.Get($"{Apps}?done=<b>zqx</b>")).Html.ShouldNotContain("<b>zqx");
    }

    [Theory, Engines]
    public async Task One_device_ends_with_its_record_and_its_change_and_the_others_go_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person();
        var app = await installation.App();
        var authorization = await installation.Authorization(person, app);
        var (ended, kept) = (await installation.Device(person, app, authorization), await installation.Device(person, app, authorization));
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        await browser.Get(Apps);
        var before = await installation.LastChange();

        var answer = await browser.Submit(Apps, ("device", ended.ToString()));

        answer.Location.ShouldBe($"{Apps}?done=device_ended");
        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject, change.ForApis).ShouldBe(("family", ended.ToString(), true));
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(1);
        (await installation.Query<Guid>("select id from token_families where ended_at is null")).ShouldBe([kept]);
        (await installation.LiveAuthorizations()).ShouldBe(1);
        var page = await browser.Get(answer.Location!);
        Text(page).ShouldContain("Disconnected.");
        page.Html.ShouldNotContain($"value=\"{ended}\"");

        (await browser.Submit(Apps, ("device", ended.ToString()))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await installation.ChangesAfter(before)).Count.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task What_is_another_persons_is_as_if_it_did_not_exist(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Other", "--name", "Theirs", "--scopes", "tasks:view");
        var (mallory, alice, stranger) = (await node.Person(), await node.Person(), await node.Person("Theirs", "Other"));
        var app = await installation.App();
        var ids = new List<(string, Guid)>();
        foreach (var victim in new[] { alice, stranger })
        {
            var authorization = await installation.Authorization(victim, app);
            ids.AddRange([("revoke", authorization), ("device", await installation.Device(victim, app, authorization))]);
        }

        var machine = await installation.Consumer();
        ids.Add(("revoke", Guid.Parse((await installation.Do("authorization", "list", "--consumer", machine.Key))[0].GetProperty("id").GetString()!)));
        ids.AddRange([("revoke", Guid.CreateVersion7()), ("device", Guid.CreateVersion7())]);
        using var browser = node.Browser(installation);
        await browser.SignIn(mallory);
        Text(await browser.Get("/account/sessions")).ShouldContain("Sessions");
        var token = await Token(browser);
        var (before, records) = (await installation.LastChange(), await installation.Count("transactions_log"));

        foreach (var (what, id) in ids)
        {
            var page = await browser.Post(Apps, [(what, id.ToString()), ("antiforgery", token)]);
            page.Status.ShouldBe(HttpStatusCode.NotFound);
            Text(page).ShouldContain("Nothing was changed.");
            page.Html.ShouldNotContain(app.Name);
        }

        (await installation.LiveAuthorizations()).ShouldBe(2);
        (await installation.LiveDevices()).ShouldBe(2);
        (await installation.LastChange()).ShouldBe(before);
        (await installation.Count("transactions_log")).ShouldBe(records);
        (await node.Token(machine)).ShouldBeIssued();
        Text(await browser.Get(Apps)).ShouldContain("No app acts for you");
    }

    [Theory, Engines]
    public async Task Forms_from_elsewhere_and_of_another_person_change_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (person, other) = (await node.Person(), await node.Person());
        var app = await installation.App();
        var authorization = await installation.Authorization(person, app);
        using var browser = node.Browser(installation);
        using var others = node.Browser(installation);
        await browser.SignIn(person);
        await others.SignIn(other);
        await browser.Get(Apps);
        var token = await Token(browser);
        var revoke = ("revoke", authorization.ToString());

        foreach (var site in new[] { "cross-site", "same-site" })
            (await browser.Post(Apps, [revoke, ("antiforgery", token)], ("Sec-Fetch-Site", site))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.Post(Apps, [revoke])).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.Post(Apps, [revoke, ("antiforgery", token + "x")])).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.Post(Apps, [revoke, ("antiforgery", await Token(others))])).Status.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var method in new[] { "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Apps + "?revoke=" + authorization);
            (await browser.Send(request)).Status.ShouldBe(HttpStatusCode.MethodNotAllowed, method);
        }

        (await browser.Get(Apps + "?revoke=" + authorization)).Status.ShouldBe(HttpStatusCode.OK);
        (await installation.LiveAuthorizations()).ShouldBe(1);
        foreach (var form in new (string, string)[][] { [], [("revoke", "zqx")], [revoke, revoke], [("revoke", "")] })
            (await browser.Post(Apps, [.. form, ("antiforgery", token)])).Status.ShouldBe(HttpStatusCode.NotFound);
        (await installation.LiveAuthorizations()).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Without_a_live_session_it_leads_to_sign_in_and_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person();
        var app = await installation.App();
        var authorization = await installation.Authorization(person, app);
        using var browser = node.Browser(installation);
        (await browser.Get("/")).Location.ShouldBe(Apps);
        foreach (var path in new[] { Apps, "/account/sessions", "/account/password", "/account/second-factor" })
        {
            (await browser.Get(path)).Location.ShouldBe("/signin?return=" + Uri.EscapeDataString(path));
            (await browser.Post(path, [("revoke", authorization.ToString())])).Location.ShouldBe("/signin?return=" + Uri.EscapeDataString(path));
        }

        await browser.SignIn(person);
        (await browser.Get(Apps)).Status.ShouldBe(HttpStatusCode.OK);
        var token = await Token(browser);
        installation.Clock.Advance(TimeSpan.FromMinutes(31));

        (await browser.Post(Apps, [("revoke", authorization.ToString()), ("antiforgery", token)])).Status.ShouldBe(HttpStatusCode.SeeOther);
        browser.Page.Location.ShouldBe("/signin?return=" + Uri.EscapeDataString(Apps));
        (await installation.LiveAuthorizations()).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Names_and_agents_that_got_past_the_rules_are_shown_and_do_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person();
        var app = await installation.App();
        const string Hostile = "<img src=x onerror=alert(1)>\"'&\u202Eevil\u0007";
        await installation.Execute("update consumers set name = @Hostile, description = @Hostile where key = @Key", new { Hostile, app.Key });
        var authorization = await installation.Authorization(person, app);
        await installation.Device(person, app, authorization, Hostile);
        await installation.Device(person, app, authorization, "Mozilla/5.0 " + Hostile);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        await installation.Execute("update sessions set agent = @Hostile, ip = @Hostile", new { Hostile });

        foreach (var path in new[] { Apps, "/account/sessions", $"{Apps}?revoked={authorization}&lang=es" })
        {
            var page = await browser.Get(path);
            page.Status.ShouldBe(HttpStatusCode.OK);
            page.Html.ShouldContain("&lt;img src");
            page.Html.ShouldNotContain("<img src=x");
            page.Html.ShouldNotContain("\u202E");
            page.Html.ShouldNotContain("\u0007");
        }
    }

    [Theory]
    [InlineData("es", "Aplicaciones", "hace 3 minutos", "Registrada por")]
    [InlineData("pt", "Aplicativos", "há 3 minutos", "Registrado por")]
    public async Task It_speaks_the_persons_language(string language, params string[] said)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var person = await node.Person();
        await installation.Authorization(person, await installation.App());
        using var browser = node.Browser(installation);
        await browser.SignIn(person);

        var page = await browser.Get(Apps + "?lang=" + language);

        foreach (var text in said)
            Text(page).ShouldContain(text);
    }

    [Theory, OnlyPostgres]
    public async Task While_the_database_is_away_nothing_is_half_done_and_the_retry_works(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var person = await node.Person();
        var authorization = await installation.Authorization(person, await installation.App());
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        await browser.Get(Apps);
        var token = await Token(browser);

        proxy.Cut();
        var away = await browser.Post(Apps, [("revoke", authorization.ToString()), ("antiforgery", token)]);
        away.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        proxy.Restore();

        (await installation.LiveAuthorizations()).ShouldBe(1);
        await Support.Should.Within(TimeSpan.FromSeconds(9), async () => (await browser.Post(Apps, [("revoke", authorization.ToString()), ("antiforgery", token)])).Status == HttpStatusCode.SeeOther, "the retry");
        (await installation.LiveAuthorizations()).ShouldBe(0);
    }

    /// <summary>What stands on a page, without its marks.</summary>
    internal static string Text(PageAnswer page) =>
        System.Text.RegularExpressions.Regex.Replace(WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(page.Html, "<[^>]*>", "")), "\\s+", " ");

    /// <summary>A form's token for the person who is signed in, whatever page they have open.</summary>
    internal static async Task<string> Token(Browser browser) =>
        (await browser.Get("/account/password")).Hidden.First(field => field.Name == "antiforgery").Value;
}
