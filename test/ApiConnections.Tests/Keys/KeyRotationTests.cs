using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Keys;

/// <summary>Announced for a day, signs for ninety, stays published until the last token that it signed is dead.</summary>
public sealed class KeyRotationTests
{
    private static readonly TimeSpan bound = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan minute = TimeSpan.FromMinutes(1);

    // For tests that let every minute come.
    private static readonly (string, string?)[] oneDay = [("ApiConnections:Keys:SignDays", "1"), ("ApiConnections:Keys:AnnounceDays", "0.25")];

    [Theory, Engines]
    public async Task Over_two_hundred_days_every_token_can_be_checked_by_who_fetches_the_keys_once_a_day(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.StartWithoutMinutes();
        var consumer = await installation.Consumer(options: ["--access-token-minutes", "120"]);
        var first = (await node.Token(consumer)).KeyId();
        (await node.KeyIds()).ShouldBe([first]);

        await installation.Pass(TimeSpan.FromDays(89) - minute, node);
        (await node.KeyIds()).ShouldBe([first]);
        await installation.Pass(minute, node);
        var second = (await node.KeyIds()).Single(kid => kid != first);
        await CheckRotation(installation, node, consumer, first, second);

        // The second signs for its ninety days from then on; the third is announced on its last.
        await installation.Pass(TimeSpan.FromDays(89) - TimeSpan.FromHours(3) - minute, node);
        (await node.KeyIds()).ShouldBe([second]);
        await installation.Pass(minute, node);
        var third = (await node.KeyIds()).Single(kid => kid != second);
        await CheckRotation(installation, node, consumer, second, third);

        await installation.Pass(TimeSpan.FromDays(20), node);
        (await node.Token(consumer)).KeyId().ShouldBe(third);
        (await installation.Query<string>("select kid from signing_keys")).ShouldBe([third]);
    }

    // From the moment of the announcement to three hours after the change.
    private static async Task CheckRotation(Installation installation, Node node, TestConsumer consumer, string before, string after)
    {
        (await node.Token(consumer)).KeyId().ShouldBe(before);
        var fetched = await node.Keys();
        await installation.Pass(TimeSpan.FromDays(1) - minute, node);
        var last = await node.Token(consumer);
        last.KeyId().ShouldBe(before);

        await installation.Pass(minute, node);
        var next = await node.Token(consumer);
        next.KeyId().ShouldBe(after);
        (await KeySet.Verifies(fetched, next.AccessToken!)).ShouldBeTrue();

        // The last token of the old key lives two hours more.
        await installation.Pass(TimeSpan.FromHours(3) - minute, node);
        (await node.KeyIds()).ShouldBe([before, after], ignoreOrder: true);
        (await KeySet.Verifies(await node.Keys(), last.AccessToken!)).ShouldBeTrue();
        await installation.Pass(minute, node);
        (await node.KeyIds()).ShouldBe([after]);
        (await KeySet.Verifies(await node.Keys(), last.AccessToken!)).ShouldBeFalse();
    }

    [Theory, Engines]
    public async Task The_minute_comes_by_itself_and_the_old_key_is_gone_from_the_database_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: oneDay);
        var first = (await node.KeyIds()).Single();

        installation.Clock.Advance(TimeSpan.FromHours(18));
        await Within(bound, async () => (await node.KeyIds()).Length == 2, "announced");
        installation.Clock.Advance(TimeSpan.FromHours(6) + minute);
        await Within(bound, async () => await installation.Count("signing_keys where retired_at is not null") == 1, "retired");
        installation.Clock.Advance(TimeSpan.FromHours(3));
        await Within(bound, async () => await installation.Count($"signing_keys where kid = '{first}'") == 0, "deleted");
        (await installation.Count("signing_keys")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task After_a_long_downtime_nothing_is_signed_with_a_key_that_was_not_published_first(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var old = (await node.Token(consumer)).KeyId();
        var fetched = await node.Keys();
        await node.Stop();

        installation.Clock.Advance(TimeSpan.FromDays(200));
        node = await installation.StartWithoutMinutes();
        var token = await node.Token(consumer);

        token.KeyId().ShouldBe(old);
        (await KeySet.Verifies(fetched, token.AccessToken!)).ShouldBeTrue();
        (await node.KeyIds()).Length.ShouldBe(2);
        await installation.Pass(TimeSpan.FromDays(1) - minute, node);
        (await node.Token(consumer)).KeyId().ShouldBe(old);
        await installation.Pass(minute, node);
        (await node.Token(consumer)).KeyId().ShouldNotBe(old);
    }

    [Theory, OnlyPostgres]
    public async Task Two_nodes_rotate_once_only_and_sign_with_the_same_key(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var nodes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => installation.Start(settings: oneDay))));

        await OneKeySigns(nodes, consumer);
        (await installation.Count("signing_keys")).ShouldBe(1);

        installation.Clock.Advance(TimeSpan.FromHours(18));
        foreach (var node in nodes)
            await Within(bound, async () => (await node.KeyIds()).Length == 2, "announced");
        installation.Clock.Advance(TimeSpan.FromHours(6));
        await OneKeySigns(nodes, consumer);
        (await installation.Count("signing_keys")).ShouldBe(2);
    }

    private static async Task OneKeySigns(Node[] nodes, TestConsumer consumer)
    {
        var tokens = await Task.WhenAll(nodes.Select(node => node.Token(consumer)));
        foreach (var token in tokens)
        {
            token.ShouldBeIssued();
            token.KeyId().ShouldBe(tokens[0].KeyId());
            foreach (var node in nodes)
                (await KeySet.Verifies(await node.Keys(), token.AccessToken!)).ShouldBeTrue();
        }
    }

    [Theory, Engines]
    public async Task The_operator_announces_a_key_by_hand_and_it_signs_after_the_announcement(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var old = (await node.Token(consumer)).KeyId();

        var announced = (await installation.Do("keys", "rotate")).GetProperty("kid").GetString()!;

        await Within(bound, async () => (await node.KeyIds()).Contains(announced), "announced");
        (await node.Token(consumer)).KeyId().ShouldBe(old);
        (await installation.Do("keys", "list")).EnumerateArray().Select(key => key.GetProperty("state").GetString()).ShouldBe(["signs", "announced"]);
        await installation.Pass(TimeSpan.FromDays(1) + minute, node);
        (await node.Token(consumer)).KeyId().ShouldBe(announced);
        (await installation.Query<string>("select kind from changes where for_apis = 1")).ShouldBeEmpty();
    }

    [Theory, Engines]
    public async Task Compromised_keys_are_withdrawn_at_once_on_every_node_and_no_request_fails_meanwhile(On engine)
    {
        await using var installation = await Installation.New(engine);
        Node[] nodes = engine == On.Sqlite ? [await installation.Start()] : [await installation.Start(), await installation.Start()];
        var consumer = await installation.Consumer();
        var old = await nodes[0].Token(consumer);
        var announced = (await installation.Do("keys", "rotate")).GetProperty("kid").GetString()!;
        var before = await installation.LastChange();

        // The clock of the nodes stands behind that of the command, as clocks of machines do.
        var fresh = (await installation.Do("keys", "rotate", "--compromised")).GetProperty("kid").GetString()!;

        foreach (var node in nodes)
        {
            await Within(bound, async () =>
            {
                var answer = await node.Token(consumer);
                answer.Status.ShouldBe(HttpStatusCode.OK);
                return answer.KeyId() == fresh;
            }, "signs with the new key");
            (await node.KeyIds()).ShouldBe([fresh]);
            (await KeySet.Verifies(await node.Keys(), old.AccessToken!)).ShouldBeFalse();
        }

        (await installation.Query<string>("select kid from signing_keys")).ShouldBe([fresh]);
        (await installation.ChangesAfter(before)).Select(change => $"{change.Kind} {change.Subject} {change.ForApis}")
            .ShouldBe([$"key {old.KeyId()} True", $"key {announced} True"], ignoreOrder: true);
    }
}
