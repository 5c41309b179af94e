using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.UserAccounts;

public sealed class PersonEditTests
{
    [Theory, Engines]
    public async Task A_developer_is_given_groups_to_hand_out_and_loses_them_with_the_role(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Writers", "--scopes", "tasks:edit");
        var password = installation.NewPassword();
        var made = (await installation.Type(password, "user", "create", "--email", "dev@acme.test", "--role", "integration_developer", "--may-assign", "Writers", "--may-assign", "viewers", "--json")).Json();
        made.GetProperty("may_assign").GetArrayLength().ShouldBe(2);
        (await HandedOut(installation)).ShouldBe(["Viewers", "Writers"]);

        await installation.Do("user", "edit", "dev@acme.test", "--may-assign", "Writers");
        (await HandedOut(installation)).ShouldBe(["Writers"]);
        await installation.Do("user", "edit", "dev@acme.test", "--group", "Viewers");
        (await HandedOut(installation)).ShouldBe(["Writers"]);
        await installation.Do("user", "edit", "dev@acme.test", "--may-assign-none");
        (await HandedOut(installation)).ShouldBeEmpty();
        await installation.Do("user", "edit", "dev@acme.test", "--may-assign", "Writers");

        await installation.Do("user", "edit", "dev@acme.test", "--role", "auditor");
        await installation.Do("user", "edit", "dev@acme.test", "--role", "integration_developer");

        (await HandedOut(installation)).ShouldBeEmpty();
        (await installation.Count("user_groups")).ShouldBe(0);
        (await installation.Actions("user.%")).ShouldBe(
            ["user.create", "user.may_assign", "user.move", "user.may_assign", "user.may_assign", "user.role", "user.may_assign", "user.role"]);
    }

    [Theory, Engines]
    public async Task A_group_that_is_deleted_is_handed_out_by_nobody(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Writers", "--scopes", "tasks:edit");
        var login = await installation.Login("integration_developer");
        await installation.Do("user", "edit", login.Email, "--may-assign", "Writers", "--may-assign", "Viewers");

        await installation.Do("group", "delete", "Writers");

        (await HandedOut(installation)).ShouldBe(["Viewers"]);
    }

    [Theory, Engines]
    public async Task Of_two_people_who_are_given_one_address_at_once_one_gets_it_and_the_other_is_told(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.DoWith(installation.NewPassword(), "user", "create", "--company", "Acme", "--email", "one@acme.test", "--role", "user");
        await installation.DoWith(installation.NewPassword(), "user", "create", "--company", "Other", "--email", "two@acme.test", "--role", "user");
        var node = await installation.Start();
        var edits = node.App.Services.GetRequiredService<PersonEdits>();
        var ids = await installation.Query<Guid>("select id from users");
        for (var round = 0; round < 20; round++)
        {
            var email = $"wanted{round}@acme.test";
            var outcomes = await Task.WhenAll(ids.Select(id => edits.Edit(Actor.CommandLine, id.ToString(), new() { Email = email })));

            outcomes.Count(outcome => outcome.TryGet(out _, out _)).ShouldBe(1);
            outcomes.Single(outcome => !outcome.TryGet(out _, out _)).TryGet(out _, out var refusal);
            refusal!.Reason.ShouldBe($"Somebody has the e-mail address \"{email}\" already.");
            (await installation.Count($"users where email = '{email}'")).ShouldBe(1);
        }
    }

    [Theory, Engines]
    public async Task What_cannot_be_set_is_one_sentence_and_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Other", "--name", "Theirs", "--scopes", "tasks:view");
        var (only, developer) = (await installation.Login("super_administrator"), await installation.Login("integration_developer"));
        var records = await installation.Count("transactions_log");
        foreach (var (sentence, command) in new (string, string[])[]
        {
            ("Give --role, --group NAME", ["user", "edit", developer.Email]),
            ("Give --role, --group NAME", ["user", "edit", developer.Email, "--group", "Viewers", "--no-group"]),
            ("Give --role, --group NAME", ["user", "edit", developer.Email, "--may-assign", "Viewers", "--may-assign-none"]),
            ("There is nobody", ["user", "edit", "none@acme.test", "--role", "auditor"]),
            ("no permission group \"Theirs\"", ["user", "edit", developer.Email, "--may-assign", "Theirs"]),
            ("no permission group \"None\"", ["user", "edit", developer.Email, "--may-assign", "Viewers", "--group", "None"]),
            ("Only an integration developer", ["user", "edit", only.Email, "--may-assign", "Viewers"]),
            ("Only an integration developer", ["user", "edit", developer.Email, "--role", "user", "--may-assign", "Viewers"]),
            ("stays one", ["user", "edit", only.Email, "--role", "integration_developer"]),
            ("already", ["user", "edit", developer.Email, "--role", "integration_developer", "--group", "Viewers", "--may-assign-none"]),
        })
        {
            var result = await installation.Run(command);
            (result.Exit, result.Output).ShouldBe((1, ""), string.Join(' ', command));
            result.Error.ShouldContain(sentence);
        }

        (await installation.Run("user", "edit", developer.Email, "--role", "king")).Exit.ShouldBe(2);
        (await installation.Type("a good long password", "user", "create", "--company", "Acme", "--email", "pat@acme.test", "--role", "auditor", "--may-assign", "Viewers")).Error.ShouldContain("Only an integration developer");
        (await installation.Count("transactions_log")).ShouldBe(records);
        (await installation.Count("users")).ShouldBe(2);
        (await installation.Count("user_groups")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Of_two_super_administrators_who_demote_each_other_at_once_one_stays(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        for (var round = 0; round < 5; round++)
        {
            var (one, two) = (await SignedIn(installation, node, UserRole.SuperAdministrator), await SignedIn(installation, node, UserRole.SuperAdministrator));
            // Those of the round before.
            await installation.Execute("update users set role = 'user' where email not in (@one, @two)", new { one = one.Name, two = two.Name });

            var results = await Task.WhenAll(Demote(node, one, two.Name), Demote(node, two, one.Name));

            results.Order().ShouldBe(["done", "not_allowed"]);
            (await installation.Count("users where role = 'super_administrator' and status = 'active'")).ShouldBe(1);

            // The one who is left cannot demote themselves, nor be demoted and disabled from two sides.
            var left = results[0] == "done" ? one : two;
            (await Demote(node, left, left.Name)).ShouldBe("conflict");
        }
    }

    [Theory, Engines]
    public async Task Of_two_super_administrators_one_demoted_and_one_disabled_at_once_one_stays(On engine)
    {
        await using var installation = await Installation.New(engine);
        for (var round = 0; round < 5; round++)
        {
            var (one, two) = (await installation.Login("super_administrator"), await installation.Login("super_administrator"));
            await installation.Execute("update users set role = 'user' where email not in (@one, @two)", new { one = one.Email, two = two.Email });

            var results = await Task.WhenAll(Task.Run(() => installation.Run("user", "disable", one.Email)), Task.Run(() => installation.Run("user", "edit", two.Email, "--role", "auditor")));

            results.Select(result => result.Exit).Order().ShouldBe([0, 1]);
            results.Single(result => result.Exit == 1).Error.ShouldContain("is the last active super administrator");
            (await installation.Count("users where role = 'super_administrator' and status = 'active'")).ShouldBe(1);
        }
    }

    [Theory, Engines]
    public async Task Only_a_super_administrator_of_the_company_who_signed_in_lately_sets_what_a_person_may_do(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Other", "--name", "Viewers", "--scopes", "tasks:view");
        var node = await installation.Start();
        var (own, other) = (await node.Person(), await node.Person(company: "Other"));
        foreach (var role in Enum.GetValues<UserRole>())
        {
            var actor = await SignedIn(installation, node, role);
            var may = role == UserRole.SuperAdministrator;
            (await Demote(node, actor, own.Email)).ShouldBe(may ? "done" : "not_allowed", role.ToString());
            (await Demote(node, actor, other.Email)).ShouldBe(may ? "not_found" : "not_allowed", role.ToString());
            if (!may)
                (await Demote(node, actor, actor.Name, UserRole.SuperAdministrator)).ShouldBe("not_allowed", role.ToString());
        }

        var late = await SignedIn(installation, node, UserRole.SuperAdministrator);
        installation.Clock.Advance(TimeSpan.FromMinutes(11));
        (await Demote(node, late, own.Email, UserRole.User)).ShouldBe("show_anew");
    }

    private static Task<IReadOnlyList<string>> HandedOut(Installation installation) =>
        installation.Query<string>("select g.name from user_groups h join permission_groups g on g.id = h.group_id order by g.name");

    private static async Task<string> Demote(Node node, Actor actor, string email, UserRole to = UserRole.Auditor) =>
        (await node.App.Services.GetRequiredService<PersonEdits>().Edit(actor, email, new PersonEdit { Role = to })).TryGet(out _, out var refusal) ? "done" : refusal.Error.Code;

    private static async Task<Actor> SignedIn(Installation installation, Node node, UserRole role)
    {
        var person = await node.Person(role: role);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        return new Actor(person.Email, "127.0.0.1") { Session = await installation.Read(session => session.Value<Guid>("select id from sessions where user_id = @Id", new { person.Id })) };
    }
}
