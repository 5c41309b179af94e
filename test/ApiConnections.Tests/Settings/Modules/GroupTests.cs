using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.Modules;

/// <summary>Permission groups and modules, as the console and the command line change them.</summary>
public sealed class GroupTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_a_narrowing_takes_away_is_foreseen_for_each_scope_and_nothing_is_changed_by_looking(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var node = await installation.Start();
        var groups = node.App.Services.GetRequiredService<Groups>();

        var foreseen = (await groups.Foresee(Actor.CommandLine, "Acme", "Viewers", new GroupEdit(null, "tasks:view", null))).Granted();
        foreseen.Lost.ShouldBe([("assets:view", 1L)]);
        (foreseen.Consumers, foreseen.Users).ShouldBe((1, 0));
        (await groups.Foresee(Actor.CommandLine, "Acme", "Viewers", new GroupEdit(null, "assets:view tasks:view tasks:edit", null))).Granted().Lost.ShouldBeEmpty();
        (await node.Token(consumer)).Scope.ShouldBe("assets:view tasks:view");
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_group_keeps_its_description_and_shows_who_is_in_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        await installation.Do("group", "edit", "Viewers", "--description", "For reports.");
        var node = await installation.Start();

        var shown = (await node.App.Services.GetRequiredService<Groups>().Show(Actor.CommandLine, "Acme", "Viewers")).Granted();
        shown.Group.Description.ShouldBe("For reports.");
        shown.Members.ShouldHaveSingleItem().Mark.ShouldBe(consumer.Key);
        (await node.App.Services.GetRequiredService<Groups>().List(Actor.CommandLine, "Acme")).Granted().Single(row => row.Group.Name == "Viewers").Consumers.ShouldBe(1);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_session_that_ended_changes_no_group_and_no_module(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var node = await installation.Start();
        var nobody = new Actor("somebody", "local") { Session = Guid.CreateVersion7() };
        var (groups, modules) = (node.App.Services.GetRequiredService<Groups>(), node.App.Services.GetRequiredService<CompanyModules>());

        Code(await groups.List(nobody, "Acme")).ShouldBe("signed_out");
        Code(await groups.Show(nobody, "Acme", "Viewers")).ShouldBe("signed_out");
        Code(await groups.Create(nobody, "Acme", "New", "tasks:view", readOnly: false)).ShouldBe("signed_out");
        Code(await groups.Foresee(nobody, "Acme", "Viewers", new GroupEdit(null, null, true))).ShouldBe("signed_out");
        Code(await groups.Edit(nobody, "Acme", "Viewers", new GroupEdit(null, "tasks:view", null))).ShouldBe("signed_out");
        Code(await groups.Delete(nobody, "Acme", "Viewers")).ShouldBe("signed_out");
        Code(await modules.List(nobody, "Acme")).ShouldBe("signed_out");
        Code(await modules.Switch(nobody, "Acme", "tasks", on: false)).ShouldBe("signed_out");
        (await node.Token(consumer)).Scope.ShouldBe("assets:view tasks:view");
        (await installation.Count("permission_groups")).ShouldBe(1);
    }

    private static string? Code<T>(Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out _, out var refusal) ? null : refusal.Error.Code;
}
