using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>What happens between two refreshes decides, and is read from the rows: no cache may know better.</summary>
public sealed class RefreshStateTests
{
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(9);

    private static readonly string[] ends =
        ["person disabled", "password changed", "authorization revoked", "tokens revoked", "consumer disabled", "consumer deleted", "company suspended", "add-on off", "person without a group", "company generations", "family ended"];

    public static IEnumerable<ITheoryDataRow> Ends => new[] { On.Sqlite, On.Postgres }.SelectMany(engine => ends.Select(end => EnginesAttribute.Row(engine, end)));

    [Theory, MemberData(nameof(Ends))]
    [Rfc("6749 s6")]
    public async Task Peer_36_Peer_37_Peer_39_What_ends_meanwhile_ends_the_refresh_at_once_on_a_node_that_has_not_heard(On engine, string what)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);
        await node.Hear();
        device = await node.Refresh(installation, app, device.RefreshToken);
        await node.Deafen();

        await installation.End(what, app, person, Guid.Parse(device.Claims.GetProperty("authorization_id").GetString()!));
        var answer = await node.Refresh(installation, app, device.RefreshToken);

        answer.ShouldBeRefused(HttpStatusCode.BadRequest, what == "person without a group" ? "invalid_scope" : "invalid_grant");
        // Nothing was rotated: the token that came is the current one still.
        (await installation.Query<byte[]>("select current_hash from token_families")).ShouldHaveSingleItem().ShouldBe(Server.Model.RefreshToken.Read(device.RefreshToken!)!.Secret.Bytes);
    }

    [Theory, Engines]
    public async Task A_disabled_consumer_goes_on_where_it_was_when_it_is_enabled_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);

        await installation.Do("consumer", "disable", app.Key);
        await Within(healed, async () => (await node.Refresh(installation, app, device.RefreshToken)).Error == "invalid_client", "it is disabled");
        await installation.Do("consumer", "enable", app.Key);

        await Within(healed, async () => (await node.Refresh(installation, app, device.RefreshToken)).Status == HttpStatusCode.OK, "it is enabled");
    }

    [Theory, Engines]
    public async Task Peer_28_A_restart_forgets_no_rotation_and_no_end(On engine)
    {
        await using var installation = await Installation.New(engine);
        var first = await installation.Start();
        var (app, person) = (await installation.App(), await first.Person());
        var (rotated, ended, used) = (await first.Connect(installation, app, person), await first.Connect(installation, app, person), await first.Connect(installation, app, person));
        var next = await first.Refresh(installation, app, rotated.RefreshToken);
        await first.Revoke(installation, app, ended.RefreshToken);
        await first.Refresh(installation, app, (await first.Refresh(installation, app, used.RefreshToken)).RefreshToken);
        await first.Stop();

        var second = await installation.Start();

        (await second.Refresh(installation, app, rotated.RefreshToken)).RefreshToken.ShouldBe(next.RefreshToken);
        (await second.Refresh(installation, app, ended.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await second.Refresh(installation, app, used.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("token_families where ended_at is null")).ShouldBe(1);
    }

    [Theory, OnlyPostgres]
    public async Task While_the_database_is_away_a_refresh_is_answered_503_and_works_afterwards(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);
        await node.Hear();
        device = await node.Refresh(installation, app, device.RefreshToken);

        network.Cut();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => node.Refresh(installation, app, device.RefreshToken)));

        foreach (var answer in answers)
            answer.ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
        network.Restore();
        await Within(healed, async () => (await node.Refresh(installation, app, device.RefreshToken)).Status == HttpStatusCode.OK, "the retry works");
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
    }

    [Theory, OnlyPostgres]
    public async Task Cut_while_devices_refresh_no_device_is_lost_whatever_was_answered(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var app = await installation.App();
        await Task.Delay(TimeSpan.FromSeconds(1));
        var devices = new List<TokenAnswer>();
        for (var i = 0; i < 15; i++)
            devices.Add(await node.Connect(installation, app, await node.Person()));

        for (var round = 1; round <= 10; round++)
        {
            var refreshing = devices.Select(device => node.Refresh(installation, app, device.RefreshToken)).ToArray();
            await Task.Delay(round);
            network.Cut();
            await Task.Delay(20);
            network.Restore();

            var answers = await Task.WhenAll(refreshing);

            for (var i = 0; i < devices.Count; i++)
            {
                answers[i].Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
                // Who got no answer tries again with what it has.
                var held = answers[i].RefreshToken ?? devices[i].RefreshToken;
                await Within(healed, async () => (devices[i] = await node.Refresh(installation, app, held)).Status != HttpStatusCode.ServiceUnavailable, "it heals by itself");
                devices[i].ShouldBeIssued();
            }
        }

        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
    }
}
