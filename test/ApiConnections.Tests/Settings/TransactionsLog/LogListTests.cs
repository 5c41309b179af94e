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
        (await All(lists, new() { Text = consumer.Name.ToUpperInvariant() }, 1)).ShouldAllBe(record => record.Data.Contains(consumer.Name));
        (await All(lists, new() { Text = consumer.Name, Action = "consumer.create" }, 25)).ShouldHaveSingleItem();
        (await All(lists, new() { Text = "%_\"'\\!" }, 25)).ShouldBeEmpty();
    }

    [Theory, Engines]
    public async Task What_is_searched_in_the_changes_is_found_however_it_had_to_be_written_down(On engine)
    {
        await using var installation = await Installation.New(engine);
        const string Odd = "Ärger & \"Ñandú\" <50%_off> C:\\tmp +1";
        await installation.Do("group", "create", "--name", Odd, "--scopes", "tasks:view");
        var lists = (await installation.Start()).App.Services.GetRequiredService<LogLists>();

        foreach (var part in new[] { Odd, "\"Ñandú\"", "& ", "<50%", "%_", "C:\\tmp", "+1" })
            (await All(lists, new() { Text = part }, 25)).ShouldHaveSingleItem(part).Action.ShouldBe("group.create", part);
    }

    [Theory, Engines]
    public async Task A_record_shows_each_part_that_changed_with_what_was_there_before_and_names_whom_it_is_about(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var consumer = await installation.Consumer();
        var node = await installation.Start();
        var person = await node.Person("Viewers");
        await installation.Do("group", "edit", "Viewers", "--company", "Acme", "--scopes", "tasks:view");
        await installation.Do("user", "disable", person.Email);
        var lists = node.App.Services.GetRequiredService<LogLists>();

        async Task<ShownLog> Show(string action, string company = "Acme") => (await lists.Show(Actor.CommandLine, company, new() { Action = action }, 10)).Granted();
        (await Show("group.edit")).Records.ShouldHaveSingleItem().Changes.ShouldBe([new LogChange("scopes", "assets:view tasks:view", "tasks:view")]);

        var disabled = await Show("user.disable");
        var named = disabled.Named[disabled.Records.ShouldHaveSingleItem().Record.Subject];
        (named.Kind, named.Key).ShouldBe((NamedKind.Person, person.Id.ToString()));
        disabled.Named[person.Email].Key.ShouldBe(person.Id.ToString());

        var made = await Show("consumer.create");
        (made.Named[consumer.Key].Kind, made.Named[consumer.Key].Name).ShouldBe((NamedKind.Consumer, consumer.Name));

        // What is another company's is nobody here.
        await installation.Execute("update users set company_id = (select id from companies where name = 'Other'), group_id = null where email = @email", new { email = person.Email });
        (await Show("user.disable")).Named.ShouldNotContainKey(person.Email);
        var other = await Show("company.create", "Other");
        (other.Named[other.Records.ShouldHaveSingleItem().Record.Subject].Kind, other.Named.Count).ShouldBe((NamedKind.Company, 1));
    }

    [Fact]
    public void What_was_not_there_or_is_nothing_any_more_and_what_somebody_has_spoilt_is_shown_too()
    {
        static IReadOnlyList<LogChange> Of(string data) => LogChanges.Of(new StoredRecord(Guid.Empty, 1, default, "", "", "", "", "", data, []));

        Of("""{"before":"one","after":"two","email":"a@acme.test"}""").ShouldBe([new("", "one", "two"), new("email", null, "a@acme.test")]);
        Of("""{"after":"two"}""").ShouldBe([new("", "–", "two")]);
        Of("""{"before":{"links":{"url":"https://a.test"},"same":1},"after":{"links":{},"same":1,"list":["x","y"]}}""").ShouldBe([new("links.url", "https://a.test", "–"), new("list", "–", "x, y")]);
        Of("""{"consumer":"","why":null}""").ShouldBeEmpty();
        Of("nonsense").ShouldBe([new("", null, "nonsense")]);
        Of("[1]").ShouldBe([new("", null, "[1]")]);
    }

    [Theory, Engines]
    public async Task Verifying_tells_how_far_it_is_runs_beyond_its_first_parts_and_stops_when_asked(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var lists = node.App.Services.GetRequiredService<LogLists>();
        await Fill(installation, node, 4_100);
        var told = new List<ChainProgress>();

        var verdict = (await lists.Verify(Actor.CommandLine, "Acme", told.Add)).Granted();
        (verdict.HoldsTo, verdict.Fault).ShouldBe((told[0].Total, null));
        told.Select(so => so.Number).ShouldBe([2_000, 4_000, told[0].Total]);

        foreach (var number in new[] { 2_000, 2_001, 4_000, 4_100 })
        {
            await installation.Execute("update transactions_log set ip = 'x' || ip where number = @number", new { number });
            (await lists.Verify(Actor.CommandLine, "Acme")).Granted().HoldsTo.ShouldBe(number - 1);
            await installation.Execute("update transactions_log set ip = substr(ip, 2) where number = @number", new { number });
        }

        await installation.Execute("delete from transactions_log where number = 2000");
        verdict = (await lists.Verify(Actor.CommandLine, "Acme")).Granted();
        (verdict.HoldsTo, verdict.Fault).ShouldBe((1_999, "record 2000 is missing."));

        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lists.Verify(Actor.CommandLine, "Acme", null, stop.Token));
    }

    // As every change of the server is written.
    private static Task Fill(Installation installation, Node node, int count) => installation.Write(async session =>
    {
        var company = (await CompanyStore.FindByName(session, "Acme"))!.Id;
        await node.App.Services.GetRequiredService<AuditLog>().Append(session, [.. Enumerable.Range(1, count).Select(number => new NewRecord(Actor.CommandLine, company, "general", "company.test", $"{number}", new { number }))]);
    });

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
