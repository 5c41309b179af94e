using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.ClientAuthentication;

/// <summary>What was made elsewhere a moment ago works at the first try on a node that has heard of nothing yet.</summary>
public sealed class NewOnAnotherNodeTests
{
    [Theory, Engines]
    public async Task A_new_secret_a_new_consumer_and_a_new_API_work_at_the_first_try(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        await node.Token(consumer);
        await node.Deafen();

        var second = consumer with { Secret = (await installation.Reveal("secret", "add", consumer.Key)).GetProperty("secret").GetString()! };
        (await node.Token(second)).ShouldBeIssued();
        (await node.Token(consumer)).ShouldBeIssued();

        var made = await installation.Consumer();
        (await node.Token(made)).ShouldBeIssued();

        await installation.Reveal("api", "create", "--name", "Second", "--audience", "https://second.test");
        (await node.Token(consumer, ("resource", "https://second.test"))).ShouldBeIssued();
    }

    [Fact]
    public async Task Requests_with_a_new_secret_wait_for_the_one_reading_that_finds_it_and_the_old_one_goes_on()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await using var database = new CountedReads(installation);
        var node = await installation.Start(database.Use);
        var consumer = await installation.Consumer();
        await node.Deafen();
        await node.Token(consumer);
        var second = consumer with { Secret = (await installation.Reveal("secret", "add", consumer.Key)).GetProperty("secret").GetString()! };
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        database.Until = slow.Task;
        TokenAnswer[] answers = [];

        var reads = await database.Count(async () =>
        {
            var asked = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => node.Token(second)));
            await Task.Delay(300);
            (await node.Token(consumer)).ShouldBeIssued();
            slow.SetResult();
            answers = await asked;
        });

        foreach (var answer in answers)
            answer.ShouldBeIssued();
        Assert.Equal(1, reads);
    }

    [Theory, Engines]
    public async Task Consumers_that_this_node_sees_for_the_first_time_at_the_same_time_are_one_reading_and_each_gets_its_own_token(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = new CountedReads(installation);
        var node = await installation.Start(database.Use);
        var known = await installation.Consumer();
        var consumers = new List<TestConsumer>();
        while (consumers.Count < 12)
            consumers.Add(await installation.Consumer());
        await node.Deafen();
        await node.Token(known);
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        database.Until = slow.Task;
        TokenAnswer[] answers = [];

        var reads = await database.Count(async () =>
        {
            var asked = Task.WhenAll(consumers.Append(new TestConsumer("nobody", "wrong", "", "")).Select(consumer => node.Token(consumer)));
            await Task.Delay(300);
            slow.SetResult();
            answers = await asked;
        });

        foreach (var (consumer, answer) in consumers.Zip(answers))
        {
            answer.ShouldBeIssued();
            answer.Claims.GetProperty("client_id").GetString().ShouldBe(consumer.Key);
        }

        answers[^1].ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        // The first of them, the rest, and the second look for whom nobody knows.
        reads.ShouldBeLessThanOrEqualTo(3);
    }

    [Theory, Engines]
    public async Task A_secret_is_looked_for_anew_once_a_second_so_that_guesses_make_no_work(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = new CountedReads(installation);
        var node = await installation.Start(database.Use);
        var consumer = await installation.Consumer();
        await node.Deafen();
        await node.Token(consumer);

        Assert.Equal(1, await database.Count(() => node.Token(consumer with { Secret = "wrong" })));
        Assert.Equal(0, await database.Count(() => node.Token(consumer with { Secret = "wrong" })));
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await database.Count(() => node.Token(consumer with { Secret = "wrong" })));
        Assert.Equal(0, await database.Count(() => node.Token(consumer)));
    }

    [Fact]
    public async Task Guesses_for_many_keys_share_a_budget_of_reads_per_second()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await using var database = new CountedReads(installation);
        var node = await installation.Start(database.Use);
        await node.Deafen();

        var reads = await database.Count(async () =>
        {
            for (var i = 0; i < 400; i++)
                (await node.Token(new TestConsumer($"guess{i}", "wrong", "", ""))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        });

        // One look for each, and 200 second ones.
        Assert.Equal(600, reads);
    }
}
