using System.Net;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Access;

/// <summary>Whoever owns a consumer reads why its requests were refused; the caller and strangers learn nothing more.</summary>
public sealed class RequestLogTests
{
    // Three times what is promised: a second for the log.
    private static readonly TimeSpan written = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(9);

    [Theory, Engines]
    public async Task Every_refusal_shows_its_reason_with_what_was_expected_and_what_came(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var app = await installation.Consumer(grant: "authorization_code", options: ["--callback", "https://app.test/callback"]);
        var netted = await installation.Consumer(options: ["--network", "203.0.113.0/24", "--network", "2001:db8::/48"]);
        var limited = await installation.Consumer(options: ["--requests-per-minute", "1"]);
        var disabled = await installation.Consumer();
        await installation.Do("consumer", "disable", disabled.Key);

        await node.Token(consumer, ("scope", "assets:delete"));
        await node.Token(consumer, ("scope", "zqx:view"));
        await node.Token(consumer, ("resource", "https://wrong.test"));
        await node.Post([("grant_type", "password")], Node.Basic(consumer.Key, consumer.Secret));
        await node.Post([("grant_type", "client_credentials")], Node.Basic(app.Key, app.Secret));
        await node.Token(netted);
        await node.Token(limited);
        await node.Token(limited);
        await node.Token(disabled);
        await node.Token(consumer with { Secret = app.Secret });

        await Shows(installation, consumer, "invalid_scope", "Nothing of the requested scope", "assets:view tasks:view", "assets:delete");
        await Shows(installation, consumer, "invalid_scope", "a name that this server does not know", "assets:view tasks:view", "zqx:view");
        await Shows(installation, consumer, "invalid_target", "no registered API", "https://api.test", "https://wrong.test");
        await Shows(installation, consumer, "unsupported_grant_type", "does not know", "client_credentials", "password");
        await Shows(installation, app, "unauthorized_client", "may not use that grant_type", "authorization_code refresh_token", "client_credentials");
        await Shows(installation, netted, "invalid_client", "outside the consumer's allowed networks", "203.0.113.0/24 2001:db8::/48", "127.0.0.1");
        await Shows(installation, limited, "temporarily_unavailable", "over its limit", "at most 1 a minute", null);
        await Shows(installation, disabled, "invalid_client", "The consumer is disabled.", null, null);
        await Shows(installation, consumer, "invalid_client", "none of the consumer's live ones", "a secret that ends with …" + consumer.Secret[^4..], "…" + app.Secret[^4..]);
    }

    [Theory, OnlyPostgres]
    public async Task A_wrong_secret_is_explained_also_where_a_change_is_heard_while_its_consumer_is_read(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (consumer, another) = (await installation.Consumer(), await installation.Consumer());
        (await node.Token(consumer)).ShouldBeIssued();

        Task<TokenAnswer>? asked = null;
        await installation.Write(async reader =>
        {
            await reader.Execute("lock table consumers in access exclusive mode");
            asked = node.Token(consumer with { Secret = another.Secret });
            await Within(written, installation.Waits, "the node waits for the row");
            await installation.Write(other => other.Execute(
                "insert into changes (kind, subject, generation, company_id, for_apis, made_at, expires_at) values ('consumer', 'another', 2, null, 1, 1, @later)",
                new { later = installation.Clock.GetUtcNow().AddHours(3).ToUnix() }));
            await node.Hear();
        });

        (await asked!).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        await Shows(installation, consumer, "invalid_client", "none of the consumer's live ones", "a secret that ends with …" + consumer.Secret[^4..], "…" + another.Secret[^4..]);
    }

    [Theory, Engines]
    public async Task Where_many_are_in_use_their_last_use_is_written_together_a_little_later(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var uses = node.App.Services.GetRequiredService<UseRecorder>();
        for (var i = 0; i <= UseRecorder.Few; i++)
            uses.Of(Used.Secret, Guid.CreateVersion7(installation.Clock.GetUtcNow())).Record(installation.Clock.GetUtcNow(), IPAddress.Loopback, "");
        (await node.Token(consumer)).ShouldBeIssued();
        (await node.Token(consumer)).ShouldBeIssued();

        await Within(
            UseRecorder.SecondsForMany * 3 * TimeSpan.FromSeconds(1),
            async () => await installation.Count("authorization_activity where uses = 2") == 1 && await installation.Count("consumer_secrets where last_used_ip = '127.0.0.1'") == 1,
            "both uses are written");
    }

    [Theory, Engines]
    public async Task Of_a_consumer_that_only_succeeds_the_latest_minutes_are_kept(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        for (var minute = 1; minute <= RequestLogWriter.MostForOneReason + 5; minute++)
        {
            (await node.Token(consumer)).ShouldBeIssued();
            await Within(written, async () => await installation.Count("request_log") == minute, "the minute is written");
            installation.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await node.DisposeAsync();
        (await installation.Count("request_log")).ShouldBe(RequestLogWriter.MostForOneReason);
        (await installation.Query<long>("select min(first_at) from request_log")).Single().ShouldBeGreaterThan(installation.Clock.GetUtcNow().AddMinutes(-RequestLogWriter.MostForOneReason - 1).ToUnix());
    }

    [Theory, Engines]
    public async Task Of_an_expired_secret_it_says_which_and_since_when_and_of_a_cut_one_nothing_of_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var end = DateTimeOffset.FromUnixTimeSeconds(installation.Clock.GetUtcNow().ToUnixTimeSeconds() + 30);
        var added = (await installation.Reveal("secret", "add", consumer.Key, "--expires", end.ToString("u"))).GetProperty("secret").GetString()!;
        installation.Clock.SetUtcNow(end);

        await node.Token(consumer with { Secret = added });
        await node.Token(consumer with { Secret = consumer.Secret[..^2] });
        await node.Post([("grant_type", "client_credentials"), ("client_id", consumer.Key)]);

        await Shows(installation, consumer, "invalid_client", $"The secret expired at {end:u}.", "a secret that ends with …" + consumer.Secret[^4..], "…" + added[^4..]);
        await Shows(installation, consumer, "invalid_client", "it was cut, changed on the way", "a secret that ends with …" + consumer.Secret[^4..], null);
        await Shows(installation, consumer, "invalid_client", "No secret was sent.", "a secret that ends with …" + consumer.Secret[^4..], null);
    }

    [Theory, Engines]
    public async Task Equal_refusals_are_counted_and_the_last_place_they_came_from_is_kept(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var first = installation.Clock.GetUtcNow();

        for (var i = 0; i < 3; i++)
            await node.Token(consumer, ("scope", "assets:delete"));
        await Within(written, async () => (await Entries(installation, consumer)).Length == 1, "one entry");
        installation.Clock.Advance(TimeSpan.FromSeconds(50));
        for (var i = 0; i < 4; i++)
            await node.Token(consumer, ("scope", "assets:delete"));

        await Within(written, async () => (await Entries(installation, consumer))[0].GetProperty("count").GetInt64() == 7, "seven times");
        var entry = (await Entries(installation, consumer)).ShouldHaveSingleItem();
        entry.GetProperty("first_at").GetDateTimeOffset().ToUnix().ShouldBe(first.ToUnix());
        entry.GetProperty("last_at").GetDateTimeOffset().ToUnix().ShouldBe(first.AddSeconds(50).ToUnix());
        entry.GetProperty("ip").GetString().ShouldBe("127.0.0.1");
    }

    [Theory, Engines]
    public async Task A_stranger_who_knows_a_key_pushes_out_only_their_own_reason_and_fills_no_disk(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var log = node.App.Services.GetRequiredService<RequestLog>();
        await node.Token(consumer, ("scope", "assets:delete"));
        await Within(written, async () => (await Entries(installation, consumer)).Length == 1, "the owner's own");

        var wrong = OAuthError.InvalidRequest.Because("The redirect URI is not registered.");
        for (var round = 0; round < 4; round++)
        {
            installation.Clock.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 5_000; i++)
                log.Refused(new DefaultHttpContext(), consumer.Key, LoggedEndpoint.Authorize, null, wrong, "https://app.test/callback", $"https://evil.test/{round}/{i}");
            await Task.Delay(1100);
        }

        await Within(written, async () => await installation.Count("request_log where reason like 'The redirect%'") > 0, "what the stranger did");
        (await installation.Count("request_log where reason like 'The redirect%'")).ShouldBeInRange(1, 20);
        (await Entries(installation, consumer)).Count(entry => entry.GetProperty("outcome").GetString() == "invalid_scope").ShouldBe(1);
    }

    [Theory, Engines]
    public async Task No_consumer_keeps_more_than_its_200_newest_entries(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (consumer, other) = (await installation.Consumer(), await installation.Consumer());
        await installation.Write(async session => await RequestLogStore.Write(session, [.. Enumerable.Range(0, 300).Select(Entry).OrderBy(entry => entry.Id)]));
        await node.Token(other, ("scope", "assets:delete"));

        await node.Token(consumer, ("scope", "assets:delete"));

        await Within(written, async () => (await Entries(installation, consumer)).Length == 200, "200");
        var kept = await Entries(installation, consumer);
        kept[0].GetProperty("outcome").GetString().ShouldBe("invalid_scope");
        kept[^1].GetProperty("reason").GetString().ShouldBe("Reason 101");
        (await Entries(installation, other)).Length.ShouldBe(1);

        LoggedRequest Entry(int number)
        {
            var at = installation.Clock.GetUtcNow().AddMinutes(number - 400);
            return new LoggedRequest(consumer.Key, Guid.CreateVersion7(), "token", "", "invalid_request", $"Reason {number}", "", "", "", at, at, 1, "", "");
        }
    }

    [Theory, Engines]
    public async Task Successes_are_one_entry_a_minute_with_how_many_they_were(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        installation.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds((installation.Clock.GetUtcNow().ToUnixTimeSeconds() / 60 * 60) + 60));

        for (var i = 0; i < 5; i++)
            (await node.Token(consumer)).ShouldBeIssued();
        await Within(written, async () => await Times(installation, consumer) == 5, "five");
        installation.Clock.Advance(TimeSpan.FromSeconds(59));
        (await node.Token(consumer)).ShouldBeIssued();
        await Within(written, async () => await Times(installation, consumer) == 6, "six");
        (await Entries(installation, consumer)).Length.ShouldBe(1);
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        (await node.Token(consumer)).ShouldBeIssued();

        await Within(written, async () => (await Entries(installation, consumer)).Length == 2, "another minute");
        var newest = (await Entries(installation, consumer))[0];
        newest.GetProperty("outcome").GetString().ShouldBe("ok");
        newest.GetProperty("endpoint").GetString().ShouldBe("token");
        newest.GetProperty("grant_type").GetString().ShouldBe("client_credentials");
        newest.GetProperty("count").GetInt64().ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Of_a_key_that_nobody_has_nothing_is_kept_and_of_a_secret_nothing_at_all(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        const string Canary = "acs_CanaryCanaryCanaryCanaryCanaryCanaryCanary12345678";
        installation.Watch(Canary);

        await node.Post([("grant_type", "client_credentials"), ("scope", "zqx")], Node.Basic("0123456789abcdefghij", Canary));
        await node.Token(consumer with { Secret = Canary });
        await node.Token(consumer, ("scope", Canary));
        await node.Token(consumer, ("scope", consumer.Secret));
        await node.Token(consumer, ("resource", "https://x.test/?code=" + Canary[4..20]));
        await node.Post([("grant_type", Canary)], Node.Basic(consumer.Key, consumer.Secret));
        using var agent = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = new FormUrlEncodedContent([new("grant_type", "zqx"), new("client_id", consumer.Key), new("client_secret", consumer.Secret)]) };
        agent.Headers.TryAddWithoutValidation("User-Agent", "leaky/1.0 " + Canary);
        await node.Http.SendAsync(agent);

        await Within(written, async () => (await Entries(installation, consumer)).Length >= 5, "five kinds of refusal");
        (await installation.Query<string>("select distinct consumer from request_log")).ShouldBe([consumer.Key]);
        foreach (var text in (await Entries(installation, consumer)).Select(entry => entry.GetRawText()))
        {
            text.ShouldNotContain(Canary[4..20]);
            text.ShouldNotContain(consumer.Secret[..^4]);
        }
    }

    [Theory, Engines]
    public async Task The_command_says_it_in_plain_words(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        (await installation.Run("consumer", "requests", consumer.Key)).Output.ShouldContain("There were no requests");
        await node.Token(consumer, ("scope", "assets:delete"));
        await node.Token(consumer, ("scope", "assets:delete"));
        await Within(written, async () => (await Entries(installation, consumer)) is [var only] && only.GetProperty("count").GetInt64() == 2, "two");

        var shown = (await installation.Run("consumer", "requests", consumer.Key)).Output;

        shown.ShouldContain("2      token     client_credentials  invalid_scope  127.0.0.1");
        shown.ShouldContain("    Nothing of the requested scope may be granted to this consumer.");
        shown.ShouldContain("    expected  assets:view tasks:view");
        shown.ShouldContain("    got       assets:delete");
        (await installation.Run("consumer", "requests", "nobody")).ShouldSatisfyAllConditions(
            result => result.Exit.ShouldBe(1), result => result.Error.ShouldContain("There is no consumer \"nobody\"."));
    }

    [Theory, OnlyPostgres]
    public async Task While_the_database_is_away_it_waits_and_costs_no_request_anything(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var consumer = await installation.Consumer();
        await Task.Delay(700); // it has heard now that the consumer was made, and reads it once more
        (await node.Token(consumer)).ShouldBeIssued();
        await Within(written, async () => await Times(installation, consumer) == 1, "one");

        proxy.Cut();
        for (var i = 0; i < 3; i++)
            (await node.Token(consumer, ("scope", "assets:delete"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
        (await node.Token(consumer)).ShouldBeIssued();
        await Task.Delay(1200); // long enough that it was tried in vain
        (await Times(installation, consumer)).ShouldBe(1);

        proxy.Restore();
        await Within(healed, async () => await Times(installation, consumer) == 5, "all of it");
    }

    [Fact]
    public async Task What_came_in_just_before_the_server_stops_is_written()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        await node.Token(consumer, ("scope", "assets:delete"));

        await node.Stop();

        (await Entries(installation, consumer)).ShouldHaveSingleItem();
    }

    [Theory, Engines]
    public async Task Entries_go_after_30_days(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var now = installation.Clock.GetUtcNow();
        await installation.Write(session => RequestLogStore.Write(session, [Entry(now.AddDays(-31)), Entry(now.AddDays(-29))]));

        await installation.Write(session => RequestLogStore.Prune(session, now.AddDays(-30), 1000));

        (await Entries(installation, consumer)).ShouldHaveSingleItem().GetProperty("last_at").GetDateTimeOffset().ToUnix().ShouldBe(now.AddDays(-29).ToUnix());

        LoggedRequest Entry(DateTimeOffset at) => new(consumer.Key, Guid.CreateVersion7(at), "token", "", "ok", "", "", "", "", at, at, 1, "", "");
    }

    private static async Task<JsonElement[]> Entries(Installation installation, TestConsumer consumer) =>
        [.. (await installation.Do("consumer", "requests", consumer.Key)).EnumerateArray()];

    private static async Task<long> Times(Installation installation, TestConsumer consumer) =>
        (await Entries(installation, consumer)).Sum(entry => entry.GetProperty("count").GetInt64());

    private static Task Shows(Installation installation, TestConsumer consumer, string outcome, string why, string? expected, string? offending) => Within(
        written,
        async () => (await Entries(installation, consumer)).Any(entry =>
            entry.GetProperty("outcome").GetString() == outcome
            && $"{entry.GetProperty("reason").GetString()} {entry.GetProperty("detail").GetString()}".Contains(why, StringComparison.Ordinal)
            && entry.GetProperty("expected").GetString() == expected
            && entry.GetProperty("offending").GetString() == offending),
        $"{outcome}: {why}");
}
