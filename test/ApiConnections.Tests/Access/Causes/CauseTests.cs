using System.Net;
using System.Text.Json;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Access.Causes;

/// <summary>Each row of the table, on each database.</summary>
public sealed class CauseTests(Installations installations) : IClassFixture<Installations>
{
    // At an API a second is promised, and it hears of nothing but the changes; everything else is asked once, right after the answer.
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);

    public static IEnumerable<ITheoryDataRow> Everything => Table.Causes.SelectMany(cause => new[] { EnginesAttribute.Row(On.Sqlite, cause.Name), EnginesAttribute.Row(On.Postgres, cause.Name) });

    [Theory, MemberData(nameof(Everything))]
    public async Task A_cause_does_to_each_thing_what_the_table_says_and_no_more(On engine, string name)
    {
        var cause = Table.Of(name);
        await using var world = await installations.World(engine, cause);
        var installation = world.Installation;
        await cause.Before(world);
        var (before, records) = (await installation.LastChange(), await installation.Records());
        await installation.GuardOrder();
        try
        {
            await cause.Do(world);
        }
        finally
        {
            await installation.Unguard();
        }

        (await installation.Records()).Except(records).Select(record => record.Action).ShouldBe(cause.Records.Split(' '));
        var changes = await installation.ChangesAfter(before);
        changes.Select(change => change.Kind + (change.ForApis ? "*" : "")).ShouldBe(cause.Changes.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        IsDead(world.Device, changes).ShouldBe(cause.Token == Effect.Dead, "the access token at an API");
        IsDead(world.Others, changes).ShouldBe(cause.Others == Effect.Dead, "somebody else's access token at an API");
        await using var again = cause.Name == "backup restored" ? new Restarted(world, await installation.Start()) : null;
        var node = again?.Node ?? world.Node;
        var api = await installations.Api(installation);
        (await IsActive(node, world, api, world.Device)).ShouldBe(cause.Token != Effect.Dead, "the access token, introspected");
        (await IsActive(node, world, api, world.Others)).ShouldBe(cause.Others != Effect.Dead, "somebody else's access token, introspected");
        (await (again?.Browser ?? world.Browser).IsSignedIn()).ShouldBe(cause.Session == Effect.Stays, "the session");

        var (code, refresh) = (await Redeem(node, world), await Refresh(node, world));
        if ((code == Effect.Dead || refresh == Effect.Dead) && cause.Undo is not null)
        {
            await cause.Undo(world);
            code = code == Effect.Dead ? await Again(cause.Code, () => Redeem(node, world)) : code;
            refresh = refresh == Effect.Dead ? await Again(cause.Refresh, () => Refresh(node, world)) : refresh;
        }

        (code, refresh).ShouldBe((cause.Code, cause.Refresh), "the code and the refresh token");
    }

    [Theory, MemberData(nameof(Everything))]
    public async Task A_cause_that_fails_at_its_commit_leaves_nothing(On engine, string name)
    {
        var cause = Table.Of(name);
        await using var world = await installations.World(engine, cause);
        var installation = world.Installation;
        await cause.Before(world);
        await installation.FailAtCommit();
        var before = await installation.Dump();

        var failed = await Fails(() => cause.Do(world));

        await installation.CommitAgain();
        failed.ShouldBeTrue();
        var after = await installation.Dump();
        after.Except(before, StringComparer.Ordinal).ShouldBeEmpty();
        before.Except(after, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_document_for_operators_is_the_table()
    {
        const string Begin = "<!-- the table: made by CauseTests with UPDATE_DOCUMENTS=1 -->\n";
        const string End = "<!-- end of the table -->";
        var file = Architecture.Repository.PathOf("docs/operators/what-ends-what.md");
        var text = await File.ReadAllTextAsync(file);
        var from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var wanted = text[..from] + string.Join('\n', Table.Rows()) + "\n" + text[text.IndexOf(End, StringComparison.Ordinal)..];

        if (Environment.GetEnvironmentVariable("UPDATE_DOCUMENTS") == "1")
            await File.WriteAllTextAsync(file, wanted);

        (await File.ReadAllTextAsync(file)).ShouldBe(wanted, "run the tests once with UPDATE_DOCUMENTS=1");
    }

    private static async Task<bool> Fails(Func<Task> act)
    {
        try
        {
            await act();
            return false;
        }
        catch (Exception e) when (e is InvalidOperationException or ShouldAssertException)
        {
            return true; // by exit code 1, or an answer of 500 and more
        }
    }

    // The rule of the library for APIs: an entry names what the token hangs on, or a generation that it is below.
    private static bool IsDead(TokenAnswer token, IEnumerable<Change> changes)
    {
        var claims = token.Claims;
        var generations = claims.GetProperty("gen").EnumerateArray().Select(generation => generation.GetInt64()).ToArray();
        string Text(string claim) => claims.GetProperty(claim).GetString()!;
        return changes.Where(change => change.ForApis).Any(change => change.Kind switch
        {
            ChangeKind.Authorization => change.Subject == Text("authorization_id"),
            ChangeKind.Family => change.Subject == Text("family_id"),
            ChangeKind.Token => change.Subject == Text("jti"),
            ChangeKind.Company => change.Subject == Text("company") && generations[0] < change.Generation,
            ChangeKind.Consumer => change.Subject == Text("client_id") && generations[1] < change.Generation,
            ChangeKind.User => change.Subject == Text("sub") && generations[2] < change.Generation,
            ChangeKind.Key => change.Subject == KeyOf(token),
            _ => throw new InvalidOperationException($"An API does not know what a \"{change.Kind}\" is."),
        });
    }

    private static string KeyOf(TokenAnswer token) => JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.AccessToken!.Split('.')[0])).RootElement.GetProperty("kid").GetString()!;

    private static async Task<bool> IsActive(Node node, World world, TestConsumer api, TokenAnswer token) =>
        (await node.Introspect(world.Installation, api, token.AccessToken)).Body.GetProperty("active").GetBoolean();

    private static async Task<Effect> Redeem(Node node, World world) => Of(await node.Redeem(world.Installation, world.App, world.Open), world);

    private static async Task<Effect> Refresh(Node node, World world)
    {
        var answer = await node.Refresh(world.Installation, world.App, world.RefreshToken);
        world.RefreshToken = answer.RefreshToken ?? world.RefreshToken;
        return Of(answer, world);
    }

    private static Effect Of(TokenAnswer answer, World world)
    {
        if (answer.Status == HttpStatusCode.OK)
            return answer.Scope == world.App.Scope ? Effect.Stays : Effect.Narrower;

        answer.Status.ShouldBeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized);
        return Effect.Dead;
    }

    // Refused a moment ago, and taken back since: what is in force again is heard of within a second.
    private static async Task<Effect> Again(Effect wanted, Func<Task<Effect>> ask)
    {
        if (wanted == Effect.Refused)
            await Within(heard, async () => await ask() == Effect.Stays, "it is good again");
        return wanted == Effect.Refused || await ask() == Effect.Stays ? Effect.Refused : Effect.Dead;
    }

    /// <summary>The server that was started after a restoration, with the person's cookie in it.</summary>
    private sealed class Restarted : IAsyncDisposable
    {
        public Restarted(World world, Node node)
        {
            (Node, Browser) = (node, node.Browser(world.Installation));
            foreach (System.Net.Cookie cookie in world.Browser.Cookies.GetAllCookies())
                Browser.Cookies.Add(new Uri(node.Issuer), new System.Net.Cookie(cookie.Name, cookie.Value));
        }

        public Node Node { get; }

        public Browser Browser { get; }

        public ValueTask DisposeAsync()
        {
            Browser.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>Traps in the database, for what no door shows.</summary>
internal static class Traps
{
    private static readonly string[] tables =
    [
        "installation", "companies", "permission_groups", "users", "consumers", "consumer_secrets", "authorizations", "authorization_codes", "token_families", "sessions", "signing_keys", "log_heads",
        "transactions_log", "changes",
    ];

    /// <summary>The records of every chain.</summary>
    public static async Task<IReadOnlyList<(string Chain, long Number, string Action)>> Records(this Installation installation) =>
        [.. (await installation.Query<RecordRow>("select chain, number, action from transactions_log order by number")).Select(row => (row.Chain.ToString(), row.Number, row.Action))];

    private sealed class RecordRow
    {
        public Guid Chain { get; init; }
        public long Number { get; init; }
        public string Action { get; init; } = "";
    }

    /// <summary>From here on a change that comes before its record fails, and a record that comes after a change.</summary>
    public static async Task GuardOrder(this Installation installation)
    {
        var (records, sequence) = (await installation.Count("transactions_log"), await installation.LastChange());
        await installation.Trap("changes", $"(select count(*) from transactions_log) = {records}", "raised");
        await installation.Trap("transactions_log", $"(select coalesce(max(sequence), 0) from changes) > {sequence}", "raised");
    }

    public static async Task Unguard(this Installation installation)
    {
        await installation.Untrap("changes");
        await installation.Untrap("transactions_log");
    }

    /// <summary>From here on a transaction that writes a record fails when it commits, not before.</summary>
    public static async Task FailAtCommit(this Installation installation)
    {
        await installation.Execute("create table if not exists promised (id integer primary key)");
        await installation.Execute("create table if not exists broken (id integer references promised (id) deferrable initially deferred)");
        await installation.Trap("transactions_log", "1 = 1", "insert into broken values (1)");
    }

    public static Task CommitAgain(this Installation installation) => installation.Untrap("transactions_log");

    /// <summary>Everything that a cause may touch.</summary>
    public static async Task<IReadOnlyList<string>> Dump(this Installation installation)
    {
        var lines = new List<string>();
        foreach (var table in tables)
        {
            var rows = await installation.Query<dynamic>($"select * from {table}");
            lines.AddRange(rows.Select(row => $"{table} " + string.Join(' ', ((IDictionary<string, object?>)row).Where(column => !column.Key.StartsWith("last_", StringComparison.Ordinal))
                .Select(column => $"{column.Key}={(column.Value is byte[] bytes ? Convert.ToHexString(bytes) : column.Value)}"))));
        }

        return lines;
    }

    private static Task Untrap(this Installation installation, string table) =>
        installation.Execute(installation.Engine == On.Sqlite ? $"drop trigger trap_{table}" : $"drop trigger trap_{table} on {table}");

    private static async Task Trap(this Installation installation, string table, string when, string then)
    {
        if (installation.Engine == On.Sqlite)
        {
            await installation.Execute($"create trigger trap_{table} before insert on {table} when {when} begin {(then == "raised" ? "select raise(abort, 'out of order')" : then)}; end");
            return;
        }

        await installation.Execute(
            $"""
            create or replace function trap_{table}() returns trigger language plpgsql as $$ begin
                if {when} then {(then == "raised" ? "raise exception 'out of order'" : then)}; end if;
                return new;
            end $$
            """);
        await installation.Execute($"create trigger trap_{table} before insert on {table} for each row execute function trap_{table}()");
    }
}
