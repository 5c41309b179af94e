using ApiConnections.Server.Audit;
using ApiConnections.Server.Settings.TransactionsLog;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.TransactionsLog;

/// <summary>A company's records filtered, cut to pages and verified for the console.</summary>
public sealed class LogListTests
{
    [Theory, Engines]
    public async Task A_log_is_filtered_by_what_it_holds_and_read_page_by_page_to_its_end(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        await installation.Do("consumer", "disable", consumer.Key);
        await installation.Do("consumer", "enable", consumer.Key);
        var node = await installation.Start();
        var lists = node.App.Services.GetRequiredService<LogLists>();
        var all = await All(lists, new(), 100);
        var newest = all[0];

        all.Select(record => record.Number).ShouldBe(Enumerable.Range(1, all.Count).Select(number => (long)number).Reverse());
        (await All(lists, new(), 2)).Select(record => record.Number).ShouldBe(all.Select(record => record.Number));
        (await All(lists, new() { Subject = consumer.Key }, 1)).Select(record => record.Action).ShouldBe(["consumer.enable", "consumer.disable", "consumer.create"]);
        (await All(lists, new() { Subject = consumer.Key, Action = "consumer.disable", Actor = newest.Actor, Ip = newest.Ip, Module = newest.Module }, 1)).ShouldHaveSingleItem();
        (await All(lists, new() { Action = "consumer.enable" }, 25)).ShouldHaveSingleItem();
        (await All(lists, new() { Actor = "nobody" }, 25)).ShouldBeEmpty();
        (await All(lists, new() { Actor = "no\0body", Subject = "\uD800", Ip = "'; drop table transactions_log" }, 25)).ShouldBeEmpty();
        (await All(lists, new() { From = newest.MadeAt.AddDays(-1), To = newest.MadeAt.AddDays(1) }, 3)).Count.ShouldBe(all.Count);
        (await All(lists, new() { From = newest.MadeAt.AddDays(1) }, 25)).ShouldBeEmpty();
        (await All(lists, new() { To = newest.MadeAt.AddDays(-1) }, 25)).ShouldBeEmpty();
    }

    [Theory, Engines]
    public async Task Verifying_says_from_where_to_where_the_chain_of_the_company_holds(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Consumer();
        var node = await installation.Start();
        var lists = node.App.Services.GetRequiredService<LogLists>();
        var last = (await All(lists, new(), 100))[0].Number;

        var verdict = (await lists.Verify(Actor.CommandLine, "Acme")).Granted();
        (verdict.HoldsTo, verdict.Fault).ShouldBe((last, null));

        await installation.Execute($"update transactions_log set actor = 'somebody else' where number = {last}");
        verdict = (await lists.Verify(Actor.CommandLine, "Acme")).Granted();
        verdict.HoldsTo.ShouldBe(last - 1);
        verdict.Fault.ShouldNotBeNull();
    }

    [Theory, Engines]
    public async Task The_log_is_shown_to_nobody_without_a_session(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var lists = node.App.Services.GetRequiredService<LogLists>();
        var nobody = new Actor("somebody", "local") { Session = Guid.CreateVersion7() };

        (await lists.Page(nobody, "Acme", new(), 25)).TryGet(out _, out var refusal).ShouldBeFalse();
        refusal!.Error.Code.ShouldBe("signed_out");
        (await lists.Verify(nobody, "Acme")).TryGet(out _, out refusal).ShouldBeFalse();
        refusal!.Error.Code.ShouldBe("signed_out");
    }

    private static async Task<IReadOnlyList<StoredRecord>> All(LogLists lists, LogQuery query, int atMost)
    {
        var found = new List<StoredRecord>();
        for (long? before = null; ;)
        {
            var page = (await lists.Page(Actor.CommandLine, "Acme", query with { Before = before }, atMost)).Granted();
            page.Records.Count.ShouldBeLessThanOrEqualTo(atMost);
            found.AddRange(page.Records);
            if (page.Next is null)
                return found;

            before = page.Next;
        }
    }
}
