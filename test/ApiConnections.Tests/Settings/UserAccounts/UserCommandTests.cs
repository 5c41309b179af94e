using System.Net;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.UserAccounts;

public sealed class UserCommandTests
{
    [Theory, Engines]
    public async Task A_person_is_made_listed_disabled_and_enabled(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var password = installation.NewPassword();
        var made = (await installation.Type(password + "\r\nmore", "user", "create", "--company", "Acme", "--email", " Pat@Acme.Test ", "--role", "auditor", "--name", "Pat Person", "--group", "Viewers", "--json")).Json();
        made.GetProperty("email").GetString().ShouldBe("Pat@Acme.Test");
        made.GetProperty("status").GetString().ShouldBe("active");
        using var browser = node.Browser(installation);
        (await browser.SignInAs("pat@acme.test", password)).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.IsSignedIn()).ShouldBeTrue();
        var sequence = await installation.LastChange();

        await installation.Do("user", "disable", "PAT@acme.test");

        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.SignInAs("pat@acme.test", password)).Status.ShouldBe(HttpStatusCode.OK);
        var change = (await installation.ChangesAfter(sequence)).Single(change => change.Kind == ChangeKind.User);
        (change.Subject, change.Generation, change.ForApis).ShouldBe((made.GetProperty("id").GetString()!, 2, true));
        (await installation.Query<long>("select grants_from from users")).ShouldBe([2]);

        await installation.Do("user", "enable", "pat@acme.test");
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.SignInAs("pat@acme.test", password)).Status.ShouldBe(HttpStatusCode.SeeOther);
        var listed = (await installation.Do("user", "list"))[0];
        listed.GetProperty("name").GetString().ShouldBe("Pat Person");
        listed.GetProperty("group").GetString().ShouldBe("Viewers");
        listed.GetProperty("role").GetString().ShouldBe("auditor");
        (await installation.Actions("user.%")).Order().ShouldBe(["user.create", "user.disable", "user.enable"]);
        foreach (var command in new string[][] { ["user", "list"], ["user", "sessions", "pat@acme.test"] })
            (await installation.Run(command)).Output.ShouldStartWith(command[1] == "list" ? "E-MAIL" : "SIGNED IN");
    }

    [Theory, Engines]
    public async Task A_new_password_ends_sessions_and_whatever_was_issued(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var other = await installation.Login();
        using var browser = node.Browser(installation);
        using var bystander = node.Browser(installation);
        await browser.SignInAs(login);
        await bystander.SignInAs(other);
        var sequence = await installation.LastChange();
        var fresh = installation.NewPassword();

        (await installation.Type(fresh, "user", "reset-password", login.Email, "--json")).Exit.ShouldBe(0);

        (await browser.IsSignedIn()).ShouldBeFalse();
        (await bystander.IsSignedIn()).ShouldBeTrue();
        (await installation.ChangesAfter(sequence)).Single(change => change.Kind == ChangeKind.User).Generation.ShouldBe(2);
        (await installation.Query<long>("select grants_from from users order by grants_from")).ShouldBe([1, 2]);
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.OK);
        (await browser.SignInAs(login with { Password = fresh })).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await installation.Actions("password.%")).ShouldBe(["password.reset"]);
    }

    [Theory, Engines]
    public async Task Somebody_who_lost_everything_is_let_in_again_by_the_operator(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        await node.SecondFactor(installation, login);
        using var browser = node.Browser(installation);
        (await browser.SignInAs(login)).Location.ShouldBe("/signin/code");

        (await installation.Type(login.Password, "user", "reset-password", login.Email, "--remove-second-factor")).Exit.ShouldBe(0);

        (await browser.SignInAs(login)).Location.ShouldBe("/account/apps");
        (await installation.Type(login.Password, "user", "reset-password", login.Email, "--remove-second-factor")).Exit.ShouldBe(0);
        (await installation.Actions("second_factor.%")).ShouldBe(["second_factor.on", "second_factor.off"]);
    }

    [Theory, Engines]
    public async Task Sessions_are_listed_and_ended(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var one = node.Browser(installation);
        using var two = node.Browser(installation);
        await one.SignInAs(login);
        await two.SignInAs(login);
        (await installation.Do("user", "sessions", login.Email)).GetArrayLength().ShouldBe(2);

        (await installation.Do("user", "sessions", login.Email, "--end")).GetArrayLength().ShouldBe(2);

        (await one.IsSignedIn()).ShouldBeFalse();
        (await two.IsSignedIn()).ShouldBeFalse();
        (await installation.Do("user", "sessions", login.Email)).GetArrayLength().ShouldBe(0);
        (await one.SignInAs(login)).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task The_last_super_administrator_of_a_company_stays_also_when_two_go_at_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Login("auditor");
        for (var round = 0; round < 5; round++)
        {
            var (one, two) = (await installation.Login("super_administrator"), await installation.Login("super_administrator"));
            // Those of the round before.
            await installation.Execute("update users set status = 'disabled' where role = 'super_administrator' and email not in (@one, @two)", new { one = one.Email, two = two.Email });

            var results = await Task.WhenAll(Task.Run(() => installation.Run("user", "disable", one.Email)), Task.Run(() => installation.Run("user", "disable", two.Email)));

            results.Select(result => result.Exit).Order().ShouldBe([0, 1]);
            results.Single(result => result.Exit == 1).Error.ShouldContain("is the last active super administrator");
            (await installation.Count("users where role = 'super_administrator' and status = 'active'")).ShouldBe(1);
        }
    }

    [Theory, Engines]
    public async Task What_cannot_be_taken_is_one_sentence_and_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var login = await installation.Login();
        await installation.Do("company", "create", "Other");
        string[] create = ["user", "create", "--company", "Acme", "--role", "user", "--email"];
        foreach (var (input, sentence, command) in new (string, string, string[])[]
        {
            ("a good long password", "already", [.. create, login.Email.ToUpperInvariant()]),
            ("a good long password", "already", ["user", "create", "--company", "Other", "--role", "user", "--email", login.Email]),
            ("a good long password", "is no e-mail address", [.. create, "pat"]),
            ("a good long password", "control, invisible", [.. create, "pat\u202E@acme.test"]),
            ("a good long password", "no permission group", [.. create, "pat@acme.test", "--group", "None"]),
            ("a good long password", "There are several companies", ["user", "create", "--role", "user", "--email", "pat@acme.test"]),
            ("too short", "at least 10 characters", [.. create, "pat@acme.test"]),
            (new string('x', 60) + new string('y', 69), "at most 128 characters", [.. create, "pat@acme.test"]),
            ("Password123!", "among the first", [.. create, "pat@acme.test"]),
            ("pat.longname@acme.test", "cannot be the person's name", [.. create, "pat.longname@acme.test"]),
            ("", "No password was given", [.. create, "pat@acme.test"]),
            ("", "No password was given", ["user", "reset-password", login.Email]),
            ("short", "at least 10 characters", ["user", "reset-password", login.Email]),
            ("a good long password", "There is nobody", ["user", "reset-password", "none@acme.test"]),
            ("", "There is nobody", ["user", "disable", "none@acme.test"]),
            ("", "There is nobody", ["user", "enable", "none@acme.test"]),
            ("", "There is nobody", ["user", "sessions", "none@acme.test"]),
            ("", "There is nobody", ["user", "sessions", "none@acme.test", "--end"]),
            ("", "active already", ["user", "enable", login.Email]),
        })
        {
            var result = await installation.Type(input, command);
            (result.Exit, result.Output).ShouldBe((1, ""), string.Join(' ', command));
            result.Error.ShouldContain(sentence);
            result.Error.Trim().ShouldNotContain('\n');
        }

        (await installation.Type("x", [.. create, "pat@acme.test", "--role", "king"])).Exit.ShouldBe(2);
        (await installation.Count("users")).ShouldBe(1);
        (await installation.Count("transactions_log where module = 'user_accounts'")).ShouldBe(1);
    }
}
