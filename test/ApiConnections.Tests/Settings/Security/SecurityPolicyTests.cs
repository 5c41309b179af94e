using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.Security;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Settings.Security;

/// <summary>What a company asks of how its people sign in: edited, refused, recorded, in force.</summary>
public sealed class SecurityPolicyTests
{
    [Theory, Engines]
    public async Task A_new_company_has_the_policy_by_default_and_an_edit_changes_only_what_it_names(On engine)
    {
        await using var installation = await Installation.New(engine);

        var before = await installation.Do("security", "show");
        before.ToString().ShouldBe("""{"company":"Acme","password_length":10,"password_months":null,"known_passwords":0,"lock_out_attempts":5,"lock_out_minutes":null,"idle_minutes":30,"session_hours":8,"second_factor":"nobody","without_second_factor":0,"version":1}""");
        await installation.Do("security", "edit", "--password-length", "14", "--second-factor", "administrators");
        var after = await installation.Do("security", "edit", "--idle-minutes", "45", "--lock-out-minutes", "15", "--password-months", "12");

        after.ToString().ShouldBe("""{"company":"Acme","password_length":14,"password_months":12,"known_passwords":0,"lock_out_attempts":5,"lock_out_minutes":15,"idle_minutes":45,"session_hours":8,"second_factor":"administrators","without_second_factor":0,"version":3}""");
        (await installation.Do("security", "edit", "--password-months", "0", "--lock-out-minutes", "0")).GetProperty("password_months").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        (await installation.Run("security", "show")).Output.ShouldContain("never asked for");
        (await installation.Query<string>("select security from companies")).ShouldBe(["""{"password_length":14,"lock_out_attempts":5,"idle_minutes":45,"session_hours":8,"second_factor":"administrators"}"""]);
    }

    [Theory, Engines]
    public async Task An_edit_is_recorded_with_before_and_after_and_without_the_passwords_of_the_list(On engine)
    {
        await using var installation = await Installation.New(engine);
        var file = Path.Combine(installation.Folder, "known.txt");
        await File.WriteAllTextAsync(file, "Acme Rocks\r\n\nacmerocks\nWarehouse Seven\n");
        installation.Watch("Warehouse Seven");
        var changes = await installation.Count("changes");

        (await installation.Do("security", "edit", "--known-passwords-file", file, "--session-hours", "12")).GetProperty("known_passwords").GetInt32().ShouldBe(2);

        var data = (await installation.Query<string>("select data from transactions_log where action = 'security_policy.edit'")).ShouldHaveSingleItem();
        data.ShouldContain("\"before\":{\"password_length\":10");
        data.ShouldContain("\"session_hours\":8");
        data.ShouldContain("\"session_hours\":12");
        data.ShouldContain("\"known_passwords_added\":2");
        data.ShouldNotContain("Warehouse");
        (await installation.Count("changes")).ShouldBe(changes, "nodes read policies anew");
        await File.WriteAllTextAsync(file, "");
        (await installation.Do("security", "edit", "--known-passwords-file", file)).GetProperty("known_passwords").GetInt32().ShouldBe(0);
        await installation.Do("log", "verify");
    }

    [Theory]
    [InlineData("--password-length 7", "A password has at least 8 to 64 characters.")]
    [InlineData("--password-length 65", "A password has at least 8 to 64 characters.")]
    [InlineData("--password-months 61", "A password is changed after 1 to 60 months, or never.")]
    [InlineData("--password-months -1", "A password is changed after 1 to 60 months, or never.")]
    [InlineData("--lock-out-attempts 2", "The wait begins after 3 to 20 failed sign-ins.")]
    [InlineData("--lock-out-minutes 1441", "The wait is 1 to 1,440 minutes, or grows from two seconds to a minute.")]
    [InlineData("--idle-minutes 4", "A session without a request ends after 5 to 1,440 minutes.")]
    [InlineData("--session-hours 169", "A session ends after 1 to 168 hours.")]
    [InlineData("--session-hours 0", "A session ends after 1 to 168 hours.")]
    [InlineData("--idle-minutes 61 --session-hours 1", "The time without a request cannot be longer than the whole session.")]
    [InlineData("--password-length 10", "Everything is like that already; nothing has changed.")]
    [InlineData("--known-passwords-file /nowhere", "/nowhere is no file, or larger than 1 MB.")]
    [InlineData("--company Nobody", "There is no company \"Nobody\".")]
    public async Task What_cannot_be_taken_is_refused_with_why_and_changes_nothing(string options, string why)
    {
        await using var installation = await Installation.New(On.Sqlite);

        var result = await installation.Run(["security", "edit", .. options.Split(' ')]);

        (result.Exit, result.Error.Trim(), result.Output).ShouldBe((1, why, ""));
        (await installation.Count("companies where security_version = 1 and security = '{}'")).ShouldBe(1);
        (await installation.Count("transactions_log where action = 'security_policy.edit'")).ShouldBe(0);
        (await installation.Run("security", "edit", "--second-factor", "some")).Exit.ShouldBe(2);
    }

    [Theory, Engines]
    public async Task Of_two_who_edit_the_same_version_the_second_is_told(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var policies = node.App.Services.GetRequiredService<SecurityPolicies>();
        var shown = (await policies.Show(Actor.CommandLine, "Acme")).Granted();

        var both = await Task.WhenAll(Enumerable.Range(1, 4).Select(hours => policies.Edit(Actor.CommandLine, "Acme", new() { SessionHours = 20 + hours }, shown.Version)));

        both.Count(outcome => outcome.TryGet(out _, out _)).ShouldBe(1);
        both.Where(outcome => !outcome.TryGet(out _, out _)).ShouldAllBe(outcome => outcome.Refused() == Refused.ChangedMeanwhile);
        (await installation.Count("transactions_log where action = 'security_policy.edit'")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_list_that_is_too_long_or_holds_what_is_no_password_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var policies = node.App.Services.GetRequiredService<SecurityPolicies>();

        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = string.Join('\n', Enumerable.Range(0, 1001).Select(number => "word " + number)) }, null)).Refused().Reason.ShouldBe("The list holds at most 1000 passwords.");
        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = new string('x', 129) }, null)).RefusedAs().ShouldBe("invalid");
        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = "with\0nothing" }, null)).RefusedAs().ShouldBe("invalid");
        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = string.Join('\n', Enumerable.Range(0, 1000).Select(number => "word " + number)) }, null)).Granted().Policy.KnownPasswords.Count.ShouldBe(1000);
    }

    [Theory, Engines]
    public async Task Length_and_the_companys_own_list_decide_at_every_door_where_a_password_is_chosen(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var file = Path.Combine(installation.Folder, "known.txt");
        await File.WriteAllTextAsync(file, "Green Valley Tools\n");
        await installation.Do("security", "edit", "--company", "Acme", "--password-length", "16", "--known-passwords-file", file);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        var link = (await installation.Reveal("user", "reset-password", login.Email, "--link")).GetProperty("link").GetString()!;
        installation.Watch(link.Split('/')[^1]);

        foreach (var (password, why) in new[] { ("fifteen letters", "at least 16 characters"), ("greenVALLEY tools 2026!", "list of known ones") })
        {
            (await browser.Get("/account/password")).Html.ShouldContain("At least 16 characters");
            (await browser.Submit("/account/password", ("current", login.Password), ("new", password))).Html.ShouldContain(why);
            (await browser.Get(new Uri(link).AbsolutePath)).Html.ShouldContain("minlength=\"16\"");
            (await browser.Submit(new Uri(link).AbsolutePath, ("password", password))).Html.ShouldContain(why);
            (await installation.Type(password, "user", "create", "--company", "Acme", "--email", "new@acme.test", "--role", "user")).Exit.ShouldBe(1);
            (await installation.Type(password, "user", "reset-password", login.Email)).Exit.ShouldBe(1);
        }

        // Another company has another policy; a password that is in use stays one.
        (await installation.Type("fifteen letters", "user", "create", "--company", "Other", "--email", "new@other.test", "--role", "user")).Exit.ShouldBe(0);
        (await browser.IsSignedIn()).ShouldBeTrue();
        (await browser.SignInAs(login, "?again=1")).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task Shorter_sessions_hold_at_once_for_those_that_there_are_and_longer_ones_for_those_that_begin(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var other = engine == On.Postgres ? await installation.Start() : node;
        var login = await installation.Login("super_administrator");
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);

        installation.Clock.Advance(TimeSpan.FromMinutes(6));
        (await browser.IsSignedIn()).ShouldBeTrue();
        installation.Clock.Advance(TimeSpan.FromMinutes(6));
        await installation.Do("security", "edit", "--idle-minutes", "5");
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await Elsewhere(other, browser)).ShouldBeFalse();
        (await node.App.Services.GetRequiredService<Server.Access.Identity.Persons>().Sessions(Actor.CommandLine, login.Email)).Granted().ShouldBeEmpty();
        var session = await installation.Read(session => session.Value<Guid>("select id from sessions"));
        (await node.App.Services.GetRequiredService<SecurityPolicies>().Show(new Actor(login.Email, "127.0.0.1") { Session = session }, "Acme")).RefusedAs().ShouldBe("signed_out");

        await installation.Do("security", "edit", "--idle-minutes", "600", "--session-hours", "48");
        (await browser.IsSignedIn()).ShouldBeTrue("it was never ended, and the policy allows it again");
        using var longer = node.Browser(installation);
        await longer.SignInAs(login);
        installation.Clock.Advance(TimeSpan.FromHours(9));
        (await browser.IsSignedIn()).ShouldBeFalse("it began with eight hours");
        (await longer.IsSignedIn()).ShouldBeTrue();
        (await Elsewhere(other, longer)).ShouldBeTrue();
        await installation.Do("security", "edit", "--session-hours", "10", "--idle-minutes", "300");
        installation.Clock.Advance(TimeSpan.FromHours(1));
        (await longer.IsSignedIn()).ShouldBeFalse();

        async Task<bool> Elsewhere(Node node, Browser browser)
        {
            using var there = node.Browser(installation);
            there.Cookies.Add(new Uri(node.Issuer), new Cookie("session", browser.Cookie("session")));
            return await there.IsSignedIn();
        }
    }

    [Theory, Engines]
    public async Task The_wait_begins_after_as_many_failures_and_lasts_as_long_as_the_company_says(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("security", "edit", "--lock-out-attempts", "3", "--lock-out-minutes", "20");
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        // Who does not exist waits as somebody who does.
        foreach (var email in new[] { login.Email, "nobody@acme.test" })
        {
            for (var i = 0; i < 3; i++)
                (await browser.SignInAs(email, "not the password")).Status.ShouldBe(HttpStatusCode.OK);

            var waiting = await browser.SignInAs(email, email == login.Email ? login.Password : "not the password");
            waiting.Status.ShouldBe(HttpStatusCode.TooManyRequests);
            waiting.Headers["Retry-After"].ShouldBe("1200");
            waiting.Html.ShouldContain("Try again in 20 minutes.");
        }

        installation.Clock.Advance(TimeSpan.FromMinutes(19));
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        installation.Clock.Advance(TimeSpan.FromMinutes(1));
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task Somebody_of_no_company_always_waits_by_the_policy_of_the_same_one(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("security", "edit", "--company", "Other", "--lock-out-attempts", "17");
        var node = await installation.Start();
        var login = await installation.Login();
        var policies = node.App.Services.GetRequiredService<Server.Access.Identity.CompanyPolicies>();

        (await policies.OfSignIn(User.EmailKey(login.Email))).LockOutAttempts.ShouldBe(5);
        var strangers = new List<int>();
        for (var i = 0; i < 24; i++)
        {
            strangers.Add((await policies.OfSignIn($"stranger{i}@acme.test")).LockOutAttempts);
            (await policies.OfSignIn($"stranger{i}@acme.test")).LockOutAttempts.ShouldBe(strangers[i]);
        }

        strangers.Distinct().Order().ShouldBe([5, 17]);
        (await policies.OfSignIn("")).ShouldNotBeNull();
    }
}
