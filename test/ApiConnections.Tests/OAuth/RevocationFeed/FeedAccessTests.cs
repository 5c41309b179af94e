using System.Net;
using System.Net.Sockets;
using System.Text;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.RevocationFeed;

/// <summary>Who may listen to the revocation feed, and until when.</summary>
public sealed class FeedAccessTests
{
    // Five seconds are promised.
    private static readonly TimeSpan dropped = TimeSpan.FromSeconds(15);

    [Theory, Engines, Rfc("6749 s2.3.1", "6749 s5.2")]
    public async Task Only_a_registered_api_may_listen(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        var consumer = await installation.Consumer();

        foreach (var nobody in new[] { null, Node.Basic(api.Key, consumer.Secret), Node.Basic("nobody", api.Secret), Node.Basic(consumer.Key, consumer.Secret), Node.Basic(api.Key, ""), new("Bearer", api.Secret), new("Basic", "nonsense") })
        {
            using var response = await FeedClient.Ask(node, nobody);
            var answer = await TokenAnswer.Read(response);
            answer.Status.ShouldBe(HttpStatusCode.Unauthorized);
            answer.Error.ShouldBe("invalid_client");
            answer.Headers["WWW-Authenticate"].ShouldStartWith("Basic ");
            answer.Headers["Cache-Control"].ShouldBe("no-store");
            answer.Headers.ShouldNotContainKey("Access-Control-Allow-Origin");
        }

        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Head, HttpMethod.Options })
        {
            using var response = await FeedClient.Ask(node, Node.Basic(api.Key, api.Secret), method: method);
            response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
            response.Content.Headers.Allow.ShouldBe(["GET"]);
        }

        using var let = await FeedClient.Ask(node, Node.Basic(api.Key, api.Secret));
        let.StatusCode.ShouldBe(HttpStatusCode.OK);
        let.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        let.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Theory, Engines]
    public async Task An_api_that_was_registered_on_another_node_may_listen_at_once_and_guesses_are_bounded(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await node.Deafen();
        using (var feed = await FeedClient.Listen(node, await installation.Api()))
            await feed.Next("ready");

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 32; i++)
        {
            using var response = await FeedClient.Ask(node, Node.Basic("guessed", "wrong"));
            statuses.Add(response.StatusCode);
        }

        statuses[0].ShouldBe(HttpStatusCode.Unauthorized);
        statuses[^1].ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Theory, Engines]
    public async Task The_stream_ends_within_a_second_when_the_secret_is_revoked_and_others_go_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var second = api with { Secret = (await installation.Reveal("api", "secret", api.Key)).GetProperty("secret").GetString()! };
        var node = await installation.Start();
        using var ends = await FeedClient.Listen(node, api);
        using var stays = await FeedClient.Listen(node, second);
        await ends.Next("ready");
        await stays.Next("ready");

        await installation.Do("api", "secret", api.Key, "--revoke", api.Secret[^4..]);

        (await ends.End.WaitAsync(TimeSpan.FromSeconds(3))).ShouldBeTrue();
        await installation.Revoke("authorization", "after");
        (await stays.Next("revoked")).Subject.ShouldBe("after");
        ends.Unread().ShouldNotContain(told => told.Name == "revoked");
        using var again = await FeedClient.Ask(node, Node.Basic(api.Key, api.Secret));
        again.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory, Engines]
    public async Task The_stream_ends_when_the_api_is_gone_or_its_secret_expires(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (gone, expires) = (await installation.Api(), await installation.Api());
        var end = installation.Clock.GetUtcNow().AddMinutes(10).ToUnixTimeMilliseconds();
        await installation.Execute("update api_secrets set expires_at = @end where api = @Key", new { end, expires.Key });
        var node = await installation.Start();
        using var first = await FeedClient.Listen(node, gone);
        using var second = await FeedClient.Listen(node, expires);
        await first.Next("heartbeat");
        await second.Next("heartbeat");

        await installation.Write(async session =>
        {
            await session.Execute("delete from api_secrets where api = @Key", new { gone.Key });
            await session.Execute("delete from apis where key = @Key", new { gone.Key });
            await Server.Storage.ChangeStore.Append(session, new Server.Storage.Change("api", gone.Key, null, null, ForApis: false), installation.Clock.GetUtcNow());
        });
        (await first.End.WaitAsync(TimeSpan.FromSeconds(3))).ShouldBeTrue();
        second.End.IsCompleted.ShouldBeFalse();

        installation.Clock.Advance(TimeSpan.FromMinutes(11));
        (await second.End.WaitAsync(TimeSpan.FromSeconds(6))).ShouldBeTrue();
    }

    [Theory, Engines]
    public async Task The_stream_ends_when_the_node_stops(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("ready");

        await node.Stop().WaitAsync(TimeSpan.FromSeconds(5));

        await feed.End.WaitAsync(TimeSpan.FromSeconds(3));
    }

    [Theory, Engines]
    public async Task A_listener_that_takes_nothing_is_dropped_and_others_do_not_notice(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        await installation.Execute(
            """
            insert into changes (kind, subject, generation, company_id, for_apis, made_at, expires_at)
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 60000)
            select 'authorization', 'a subject of some length, number ' || n, null, null, 1, 1, @later from numbers
            """,
            new { later = installation.Clock.GetUtcNow().AddHours(2).ToUnixTimeMilliseconds() });
        var node = await installation.Start();
        using var slow = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 * 1024 };
        await slow.ConnectAsync(IPAddress.Loopback, node.Port);
        await slow.SendAsync(Encoding.ASCII.GetBytes($"GET /oauth/revocations HTTP/1.1\r\nHost: localhost\r\nAuthorization: {Node.Basic(api.Key, api.Secret)}\r\n\r\n"));

        using var quick = await FeedClient.Listen(node, api);
        (await quick.RevokedUntil("ready")).Count.ShouldBe(60_000);
        await Within(dropped, () => Task.FromResult(installation.Log.Lines.Any(line => line.Contains("was dropped", StringComparison.Ordinal))), "the slow listener is dropped");
        await installation.Revoke("authorization", "after");
        (await quick.Next("revoked")).Subject.ShouldBe("after");
    }
}
