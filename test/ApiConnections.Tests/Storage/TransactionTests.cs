using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Storage;

public sealed class TransactionTests
{
    [Theory, Engines]
    public async Task A_write_that_refuses_or_throws_leaves_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = installation.Database();
        var before = await installation.LastChange();

        var refused = await database.Write<bool>(async session =>
        {
            await Spoil(session);
            return Refused.Conflict("No.");
        });
        await Assert.ThrowsAnyAsync<InvalidTimeZoneException>(() => database.Write<bool>(async session =>
        {
            await Spoil(session);
            throw new InvalidTimeZoneException();
        }));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => database.Write<bool>(async session =>
        {
            await Spoil(session);
            await session.Execute("insert into nowhere values (1)");
            return true;
        }));

        refused.TryGet(out _, out _).ShouldBeFalse();
        (await installation.Count("companies where name = 'Spoiled'")).ShouldBe(0);
        (await installation.LastChange()).ShouldBe(before);

        // The same database goes on working.
        (await database.Write<bool>(async session =>
        {
            await Spoil(session);
            return true;
        })).TryGet(out _, out _).ShouldBeTrue();
        (await installation.Count("companies where name = 'Spoiled'")).ShouldBe(1);
        (await installation.ChangesAfter(before)).Count.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Names_are_unique_and_a_refused_command_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Reveal("consumer", "create", "--name", "Nightly report", "--group", "Viewers", "--grant", "client_credentials");
        var before = await Everything(installation);

        // Case and compatibility forms make no other name.
        foreach (var taken in new string[][]
        {
            ["company", "create", "ACME"],
            ["group", "create", "--name", "ｖｉｅｗｅｒｓ", "--scopes", "tasks:view"],
            ["consumer", "create", "--name", "nightly REPORT", "--group", "Viewers", "--grant", "client_credentials"],
            ["api", "create", "--name", "test api", "--audience", "https://other.test"],
            ["api", "create", "--name", "Other", "--audience", "https://api.test"],
        })
        {
            var result = await installation.Run(taken);
            result.Exit.ShouldBe(1, string.Join(' ', taken));
            result.Error.ShouldContain("already");
            result.Output.ShouldBeEmpty();
        }

        (await Everything(installation)).ShouldBe(before);
    }

    [Theory, Engines]
    public async Task The_name_of_a_deleted_consumer_is_free_and_its_key_never_comes_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        string[] create = ["consumer", "create", "--name", "Nightly report", "--group", "Viewers", "--grant", "client_credentials"];
        var first = (await installation.Reveal(create)).GetProperty("key").GetString()!;

        await installation.Do("consumer", "delete", first);
        var second = (await installation.Reveal(create)).GetProperty("key").GetString()!;

        second.ShouldNotBe(first);
        (await installation.Query<string>("select status from consumers order by created_at, status")).ShouldBe(["deleted", "active"], ignoreOrder: true);
        foreach (var verb in new[] { "enable", "disable", "delete", "revoke-tokens" })
            (await installation.Run("consumer", verb, first)).Exit.ShouldBe(1);
        (await installation.Run("secret", "add", first)).Exit.ShouldBe(1);
        (await installation.Run("authorization", "allow", first)).Exit.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task No_secret_stands_anywhere_in_the_database(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var added = (await installation.Reveal("secret", "add", consumer.Key)).GetProperty("secret").GetString()!;
        var api = (await installation.Reveal("api", "create", "--name", "Other", "--audience", "https://other.test")).GetProperty("secret").GetString()!;
        var node = await installation.Start();
        var token = (await node.Token(consumer)).AccessToken!;
        await node.Stop();

        var bytes = engine == On.Sqlite
            ? [.. Directory.GetFiles(installation.Folder, "api-connections.db*").SelectMany(File.ReadAllBytes)]
            : await Everything(installation) is var rows ? System.Text.Encoding.UTF8.GetBytes(rows) : [];

        bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(consumer.Key)).ShouldBeGreaterThan(0);
        foreach (var secret in new[] { consumer.Secret, added, api, token })
        {
            // Neither the whole nor what would be left of it without its prefix and checksum.
            bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret)).ShouldBe(-1);
            bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret[4..30])).ShouldBe(-1);
        }
    }

    private static Task Spoil(Session session) => Spoil(session, Guid.CreateVersion7());

    private static async Task Spoil(Session session, Guid id)
    {
        await session.Execute(
            "insert into companies (id, name, name_key, status, addon, modules_off, generation, grants_from, created_at) values (@id, 'Spoiled', 'spoiled', 'active', 1, '', 1, 1, 1)",
            new { id });
        await ChangeStore.Append(session, new Change(ChangeKind.Company, id.ToString(), null, id, false), TimeProvider.System.GetUtcNow());
    }

    // Every row of every table as text.
    private static async Task<string> Everything(Installation installation)
    {
        var all = new System.Text.StringBuilder();
        foreach (var table in new[] { "installation", "companies", "permission_groups", "users", "consumers", "consumer_secrets", "apis", "api_secrets", "authorizations", "signing_keys", "changes", "log_heads", "transactions_log" })
        {
            foreach (var row in await installation.Query<dynamic>($"select * from {table} order by 1, 2"))
            {
                foreach (var (name, value) in (IDictionary<string, object?>)row)
                    all.Append(table).Append('.').Append(name).Append('=').AppendLine(value is byte[] bytes ? System.Text.Encoding.Latin1.GetString(bytes) + Convert.ToHexString(bytes) : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return all.ToString();
    }
}
