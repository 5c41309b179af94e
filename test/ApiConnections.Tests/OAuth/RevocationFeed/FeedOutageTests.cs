using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.RevocationFeed;

/// <summary>A node that cannot read what was revoked does not say that it knows.</summary>
public sealed class FeedOutageTests
{
    [Theory, OnlyPostgres]
    public async Task A_node_that_lost_its_database_is_silent_and_tells_all_when_it_is_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var api = await installation.Api();
        var node = await installation.Start(settings: proxy.Setting);
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("heartbeat");

        foreach (var outage in new Action[] { proxy.Cut, proxy.Hang })
        {
            outage();
            await Task.Delay(500);
            feed.Unread();
            await Task.Delay(3000);
            feed.Unread().ShouldBeEmpty();
            using (var refused = await FeedClient.Ask(node, Node.Basic(api.Key, api.Secret)))
            {
                refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                (await TokenAnswer.Read(refused)).Error.ShouldBe("temporarily_unavailable");
            }

            await installation.Revoke("authorization", "meanwhile");
            proxy.Restore();
            // Before it says that it is current it says what it missed.
            FeedEvent told;
            do
                told = await feed.NextOfAny(TimeSpan.FromSeconds(9));
            while (told.Name == "horizon");
            told.Name.ShouldBe("revoked");
            await feed.Next("heartbeat");
        }
    }

    [Theory, Engines]
    public async Task A_node_that_hears_of_nothing_says_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("heartbeat");

        await node.Deafen();
        feed.Unread();
        await Task.Delay(3000);

        feed.Unread().Count.ShouldBeLessThanOrEqualTo(1);
    }

    [Theory, Engines]
    public async Task A_revocation_whose_notification_was_lost_comes_with_the_next_poll(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("ready");

        await installation.Execute(
            "insert into changes (kind, subject, generation, company_id, for_apis, made_at, expires_at) values ('user', 'somebody', 3, null, 1, 1, @later)",
            new { later = installation.Clock.GetUtcNow().AddHours(2).ToUnixTimeMilliseconds() });

        (await feed.Next("revoked")).What.ShouldBe("user somebody 3");
    }
}
