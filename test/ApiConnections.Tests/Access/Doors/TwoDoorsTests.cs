using System.Reflection;
using System.Text.RegularExpressions;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access.Doors;

/// <summary>One rule, two doors: what a page of the console can do the command line can do, through the same function, and both refuse it in the same words.</summary>
public sealed partial class TwoDoorsTests
{
    [Fact]
    public void Every_function_that_takes_an_actor_says_what_its_other_door_is()
    {
        var rooms = typeof(Rights).Assembly.GetTypes().Where(type =>
            !type.IsInterface && type.Namespace is { } name && (name.StartsWith("ApiConnections.Server.Settings", StringComparison.Ordinal) || name.StartsWith("ApiConnections.Server.Access", StringComparison.Ordinal)));
        var functions = rooms.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters() is [var first, ..] && first.ParameterType == typeof(Actor) && IsOutcome(method.ReturnType))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct().Order(StringComparer.Ordinal).ToArray();

        functions.Length.ShouldBeGreaterThan(70);
        DoorTable.All.Select(door => door.Function).Order(StringComparer.Ordinal).ShouldBe(functions);
        foreach (var door in DoorTable.All)
        {
            (door.WhyNone is null).ShouldBe(door.Wrongs.Length > 0, door.Function);
            (door.Command ?? door.WhyNone).ShouldNotBeNull(door.Function);
        }
    }

    [Fact]
    public async Task Every_command_of_the_table_is_there()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        foreach (var command in DoorTable.All.Select(door => door.Command).OfType<string>().Distinct())
        {
            var help = await installation.Run([.. command.Split(' '), "--help"]);
            help.Exit.ShouldBe(0, command);
            Usage().Match(help.Output).Value.ShouldContain($" {command} ", Case.Sensitive, command);
            help.Output.ShouldContain("--json");
        }
    }

    [Theory, Engines]
    public async Task What_is_wrong_is_refused_with_the_same_words_at_both_doors_and_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var things = await Make(installation, node);
        var actor = await SignedIn(installation, node);
        things = things with { Admin = actor.Name };
        var records = await installation.Count("transactions_log");
        var differences = new List<string>();
        foreach (var door in DoorTable.All)
        {
            foreach (var wrong in door.Wrongs)
            {
                var command = wrong.Command(things);
                var about = $"{door.Function}: {string.Join(' ', command.Select(word => word.Length > 60 ? word[..60] + "…" : word))}";

                var page = await wrong.Page(node.App.Services, actor, things);
                var said = await installation.Type(wrong.Input, [.. command, "--json"]);

                if (page is null || page.Error.Status is < 400 or > 499 || page.Error.Code is "not_allowed" or "signed_out" or "show_anew")
                    differences.Add($"{about}\n  the page: {(page is null ? "does it" : $"{page.Error.Code}: {page.Reason}")}");
                else if (said.Exit != 1 || said.Output.Length > 0 || said.Error.TrimEnd() != page.Reason)
                    differences.Add($"{about}\n  the page: {page.Reason}\n  the command: {said.Exit} {said.Error}{said.Output}");
            }
        }

        differences.ShouldBeEmpty(string.Join('\n', differences));
        (await installation.Count("transactions_log")).ShouldBe(records);
        installation.Log.Lines.ShouldAllBe(line => !line.Contains("Unexpected:", StringComparison.Ordinal));
    }

    private static bool IsOutcome(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>) && type.GetGenericArguments()[0] is { IsGenericType: true } inner && inner.GetGenericTypeDefinition() == typeof(Outcome<>);

    private static async Task<Things> Make(Installation installation, Node node)
    {
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Acme", "--name", "Spare", "--scopes", "tasks:view");
        await installation.Do("group", "create", "--company", "Acme", "--name", "Was used", "--scopes", "tasks:view");
        await installation.Do("company", "link", "add", "--company", "Acme", "--address", "https://erp.test", "--en", "ERP", "--es", "ERP", "--pt", "ERP");
        await installation.Reveal("api", "create", "--name", "Own API", "--audience", "https://own.test", "--company", "Acme");
        await installation.Reveal("api", "create", "--name", "Other API", "--audience", "https://other.test", "--company", "Acme");
        var (program, disabled, deleted, revoked) = (await installation.Consumer(), await installation.Consumer(), await installation.Consumer("Was used"), await installation.Consumer());
        await installation.Do("consumer", "disable", disabled.Key);
        await installation.Do("consumer", "delete", deleted.Key);
        var key = revoked.Key;
        var authorization = await installation.Read(session => session.Value<Guid>("select id from authorizations where consumer = @key", new { key }));
        await installation.Do("authorization", "revoke", authorization.ToString());
        string[] app = ["consumer", "create", "--company", "Acme", "--grant", "authorization_code", "--group", "Viewers", "--callback", "https://app.test/callback"];
        var person = await installation.Login();
        await installation.Login(email: "barred@acme.test");
        await installation.Do("user", "disable", "barred@acme.test");
        await installation.Do("user", "invite", "--company", "Acme", "--email", "invited@acme.test", "--role", "user");
        await File.WriteAllLinesAsync(Path.Combine(installation.Folder, "many"), Enumerable.Range(0, 1001).Select(i => $"password {i}"));
        await File.WriteAllTextAsync(Path.Combine(installation.Folder, "long"), new string('x', 129));
        return new Things
        {
            Program = program.Key,
            ProgramName = program.Name,
            App = (await installation.Reveal([.. app, "--name", "App"])).GetProperty("key").GetString()!,
            PublicApp = (await installation.Reveal([.. app, "--name", "Public app", "--public"])).GetProperty("key").GetString()!,
            Disabled = disabled.Key,
            Deleted = deleted.Key,
            Revoked = authorization,
            Api = "Own API",
            OtherApi = "Other API",
            Person = person.Email,
            Invited = "invited@acme.test",
            Barred = "barred@acme.test",
            Admin = "",
            Folder = installation.Folder,
        };
    }

    private static async Task<Actor> SignedIn(Installation installation, Node node)
    {
        var person = await node.Person(role: UserRole.SuperAdministrator);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        var id = person.Id;
        return new Actor(person.Email, "127.0.0.1") { Session = await installation.Read(session => session.Value<Guid>("select id from sessions where user_id = @id", new { id })) };
    }

    [GeneratedRegex("Usage:.*?\n.*?\n")]
    private static partial Regex Usage();
}
