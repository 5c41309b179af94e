using System.Globalization;
using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Should = ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>The rows of the error table that come from what an administrator did, from time, from limits and from an outage.</summary>
[Rfc("6749 s5.2")]
public sealed class ErrorTableOfStates
{
    // Three times what is promised.
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);

    [Theory, Engines]
    public async Task What_an_administrator_ends_is_refused_and_what_they_allow_again_is_issued(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var deleted = await installation.Consumer();
        var id = (await installation.Do("authorization", "list", "--consumer", consumer.Key))[0].GetProperty("id").GetString()!;
        (await node.Token(consumer)).ShouldBeIssued();
        (await node.Token(deleted)).ShouldBeIssued();

        await Refuses(installation, node, consumer, HttpStatusCode.Unauthorized, "invalid_client", "consumer", "disable", consumer.Key);
        await Issues(installation, node, consumer, "consumer", "enable", consumer.Key);
        await Refuses(installation, node, consumer, HttpStatusCode.Unauthorized, "invalid_client", "company", "suspend", "Acme");
        await Issues(installation, node, consumer, "company", "resume", "Acme");
        await Refuses(installation, node, consumer, HttpStatusCode.Unauthorized, "invalid_client", "company", "addon", "off", "Acme");
        await Issues(installation, node, consumer, "company", "addon", "on", "Acme");
        await Refuses(installation, node, consumer, HttpStatusCode.BadRequest, "unauthorized_client", "authorization", "revoke", id);
        await Issues(installation, node, consumer, "authorization", "allow", consumer.Key);
        await Refuses(installation, node, consumer, HttpStatusCode.Unauthorized, "invalid_client", "secret", "revoke", consumer.Key, consumer.Secret[^4..]);
        await Refuses(installation, node, deleted, HttpStatusCode.Unauthorized, "invalid_client", "consumer", "delete", deleted.Key);
    }

    [Theory, Engines]
    public async Task A_secret_ends_to_the_second(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var end = DateTimeOffset.FromUnixTimeSeconds(installation.Clock.GetUtcNow().ToUnixTimeSeconds() + 30);
        var added = await installation.Reveal("secret", "add", consumer.Key, "--expires", end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var ending = consumer with { Secret = added.GetProperty("secret").GetString()! };

        installation.Clock.SetUtcNow(end.AddSeconds(-1));
        (await node.Token(ending)).ShouldBeIssued();
        installation.Clock.SetUtcNow(end.AddTicks(-1));
        (await node.Token(ending)).ShouldBeIssued();
        installation.Clock.SetUtcNow(end);
        (await node.Token(ending)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Token(consumer)).ShouldBeIssued();
    }

    [Fact]
    [Rfc("6585 s4")]
    public async Task Over_its_limit_a_consumer_is_told_when_to_come_again_and_no_other_feels_it()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var consumer = await installation.Consumer(options: ["--requests-per-minute", "2"]);
        var other = await installation.Consumer();
        (await node.Token(consumer)).ShouldBeIssued();
        installation.Clock.Advance(TimeSpan.FromSeconds(20));
        (await node.Token(consumer)).ShouldBeIssued();

        var answer = await node.Token(consumer);

        answer.ShouldBeRefused(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        answer.Headers["Retry-After"].ShouldBe("40");
        (await node.Token(consumer with { Secret = "wrong" })).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Token(other)).ShouldBeIssued();
        installation.Clock.Advance(TimeSpan.FromSeconds(39));
        (await node.Token(consumer)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        (await node.Token(consumer)).ShouldBeIssued();
    }

    [Theory, Engines(On.Postgres)]
    public async Task Without_its_database_a_node_issues_what_it_knows_for_a_minute_then_nothing_and_comes_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var (known, unknown) = (await installation.Consumer(), await installation.Consumer());
        await node.Hear();
        (await node.Token(known)).ShouldBeIssued();

        network.Cut();
        (await node.Token(known)).ShouldBeIssued();
        ShouldBeAway(await node.Token(unknown));
        ShouldBeAway(await node.Token(known with { Secret = "wrong" }));
        (await node.Token(known)).ShouldBeIssued(); // a wrong guess shuts nobody out
        (await node.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await node.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        installation.Clock.Advance(TimeSpan.FromSeconds(61));
        ShouldBeAway(await node.Token(known));

        network.Restore();
        (await node.Token(known)).ShouldBeIssued();
        (await node.Token(unknown)).ShouldBeIssued();
        (await node.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static void ShouldBeAway(TokenAnswer answer)
    {
        answer.ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
        answer.Headers["Retry-After"].ShouldBe("1");
        answer.ShouldTellNothing("Npgsql", "127.0.0.1", "socket");
    }

    private static async Task Refuses(Installation installation, Node node, TestConsumer consumer, HttpStatusCode status, string error, params string[] command)
    {
        await installation.Do(command);
        await Should.Within(heard, async () => (await node.Token(consumer)).Status != HttpStatusCode.OK, string.Join(' ', command));
        (await node.Token(consumer)).ShouldBeRefused(status, error);
    }

    private static async Task Issues(Installation installation, Node node, TestConsumer consumer, params string[] command)
    {
        await installation.Do(command);
        await Should.Within(heard, async () => (await node.Token(consumer)).Status == HttpStatusCode.OK, string.Join(' ', command));
    }
}
