using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Revocation;

[Rfc("7009 s2")]
public sealed class RevocationTests
{
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(9);

    [Theory, Engines]
    [Rfc("7009 s2.1")]
    public async Task A_refresh_token_given_back_ends_its_device_with_a_record_and_a_change_and_leaves_the_consent(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (device, other) = (await node.Connect(installation, app, person), await node.Connect(installation, app, person));
        var before = await installation.LastChange();

        var answer = await node.Revoke(installation, app, device.RefreshToken);

        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Headers["Cache-Control"].ShouldBe("no-store");
        answer.Headers["Content-Length"].ShouldBe("0");
        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject, change.ForApis).ShouldBe(("family", device.Family(), true));
        (await installation.Actions("family.end")).Count.ShouldBe(1);
        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, app, other.RefreshToken)).ShouldBeIssued();
        (await installation.Count("authorizations where status <> 'live'")).ShouldBe(0);

        (await node.Revoke(installation, app, device.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);
        (await installation.Actions("family.end")).Count.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_refresh_token_that_was_replaced_ends_its_device_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);
        var second = await node.Refresh(installation, app, first.RefreshToken);

        (await node.Revoke(installation, app, first.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);

        (await node.Refresh(installation, app, second.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Theory, Engines]
    [Rfc("7009 s2.1")]
    public async Task An_access_token_given_back_ends_alone_and_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, program, person) = (await installation.App(), await installation.Consumer(), await node.Person());
        var device = await node.Connect(installation, app, person);
        var machine = await node.Token(program);
        var before = await installation.LastChange();

        foreach (var (client, token) in new[] { (app, device), (program, machine) })
        {
            (await node.Revoke(installation, client, token.AccessToken)).Status.ShouldBe(HttpStatusCode.OK);
            (await node.Revoke(installation, client, token.AccessToken)).Status.ShouldBe(HttpStatusCode.OK);
            (await node.Introspect(installation, client, token.AccessToken)).Text("active").ShouldBe("False");
        }

        (await installation.ChangesAfter(before)).Select(change => (change.Kind, change.Subject, change.ForApis)).ShouldBe([
            ("token", device.Claims.GetProperty("jti").GetString()!, true), ("token", machine.Claims.GetProperty("jti").GetString()!, true)]);
        (await installation.Actions("access_token.revoke")).Count.ShouldBe(2);
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeIssued();
        (await node.Introspect(installation, program, (await node.Token(program)).AccessToken)).Text("active").ShouldBe("True");
    }

    [Theory, Engines]
    public async Task Of_very_many_single_tokens_of_one_consumer_all_end_at_once_and_no_others(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (program, other) = (await installation.Consumer(), await installation.Consumer());
        var (one, two, last, others) = (await node.Token(program), await node.Token(program), await node.Token(program), await node.Token(other));
        var now = installation.Clock.GetUtcNow();
        var company = Guid.Parse(one.Claims.GetProperty("company").GetString()!);
        await installation.Write(async session =>
        {
            for (var i = 0; i < AccessTokenRevocations.MostOfOneConsumer - 1; i++)
                await ChangeStore.Append(session, new Change(ChangeKind.Token, $"token-{i}", null, company, ForApis: true) { Consumer = program.Key }, now);
        });
        var before = await installation.LastChange();

        await node.Revoke(installation, program, one.AccessToken);
        await node.Revoke(installation, program, two.AccessToken);
        // It ended with the others; once more would end the new ones.
        await node.Revoke(installation, program, last.AccessToken);
        await node.Revoke(installation, other, others.AccessToken);

        (await installation.ChangesAfter(before)).Select(change => (change.Kind, change.Subject, change.Generation)).ShouldBe([
            ("token", one.Claims.GetProperty("jti").GetString()!, null), ("consumer", program.Key, 2L), ("token", others.Claims.GetProperty("jti").GetString()!, null)]);
        await Within(healed, async () => (await node.Token(program)).Claims.GetProperty("gen").GetRawText() == "[1,2]", "the new generation is heard");
        var fresh = await node.Token(program);
        (await node.Introspect(installation, program, last.AccessToken)).Text("active").ShouldBe("False");
        (await node.Introspect(installation, program, fresh.AccessToken)).Text("active").ShouldBe("True");
        // What is forgotten counts no more.
        installation.Clock.Advance(TimeSpan.FromMinutes(131));
        before = await installation.LastChange();
        await node.Revoke(installation, program, (await node.Token(program)).AccessToken);
        (await installation.ChangesAfter(before)).ShouldHaveSingleItem().Kind.ShouldBe("token");
    }

    [Theory, Engines]
    [Rfc("7009 s2.2")]
    public async Task A_token_of_another_consumer_and_none_at_all_are_answered_as_others_and_end_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, other, person) = (await installation.App(), await installation.App(), await node.Person());
        var everybody = await installation.App("--public");
        var device = await node.Connect(installation, app, person);
        var before = await installation.LastChange();
        var parts = device.AccessToken!.Split('.');
        string[] tokens =
        [
            device.RefreshToken!, device.AccessToken, "zqx", "acr_zqx", device.RefreshToken![..^1], device.AccessToken[..^1], device.AccessToken + "A", $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}",
            $"eyJhbGciOiJub25lIn0.{parts[1]}.", $"{parts[0]}.eyJ9.{parts[2]}", "..", new string('z', 8000), "é", "eyJ." + new string('a', 8000) + ".x",
        ];

        foreach (var token in tokens)
        {
            var answer = await node.Revoke(installation, other, token);
            answer.Status.ShouldBe(HttpStatusCode.OK, token);
            answer.Headers["Content-Length"].ShouldBe("0");
            (await node.Revoke(installation, everybody, token)).Status.ShouldBe(HttpStatusCode.OK, token);
        }

        (await installation.ChangesAfter(before)).ShouldBeEmpty();
        (await node.Introspect(installation, app, device.AccessToken)).Text("active").ShouldBe("True");
        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeIssued();
        await node.Stop();
        var shown = (await installation.Do("consumer", "requests", other.Key)).EnumerateArray().Select(entry => (entry.GetProperty("endpoint").GetString(), entry.GetProperty("outcome").GetString(), entry.GetProperty("detail").GetString())).ToArray();
        shown.ShouldContain(("revoke", "ignored", "The token was issued to another consumer."));
        shown.ShouldContain(("revoke", "ignored", "The token is unknown, was cut or mistyped, or is none of this server's."));
    }

    [Theory, Engines]
    public async Task Peer_34_A_public_app_gives_its_tokens_back_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App("--public"), await node.Person());
        var (one, two) = (await node.Connect(installation, app, person), await node.Connect(installation, app, person));
        var before = await installation.LastChange();

        (await node.Revoke(installation, app, one.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);
        (await node.Revoke(installation, app, two.AccessToken)).Status.ShouldBe(HttpStatusCode.OK);

        (await installation.ChangesAfter(before)).Select(change => change.Kind).ShouldBe(["family", "token"]);
        (await node.Refresh(installation, app, one.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, app, two.RefreshToken)).ShouldBeIssued();
    }

    [Theory, InlineData("access_token"), InlineData("refresh_token"), InlineData("zqx"), InlineData("")]
    [Rfc("7009 s2.1")]
    public async Task A_wrong_hint_does_no_harm(string hint)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (one, two) = (await node.Connect(installation, app, person), await node.Connect(installation, app, person));
        var before = await installation.LastChange();

        (await node.Revoke(installation, app, one.RefreshToken, ("token_type_hint", hint))).Status.ShouldBe(HttpStatusCode.OK);
        (await node.Revoke(installation, app, two.AccessToken, ("token_type_hint", hint))).Status.ShouldBe(HttpStatusCode.OK);

        (await installation.ChangesAfter(before)).Select(change => change.Kind).ShouldBe(["family", "token"]);
    }

    [Theory, OnlyPostgres]
    public async Task Peer_40_What_could_not_be_committed_is_answered_503_and_never_200(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);
        await node.Hear();
        device = await node.Refresh(installation, app, device.RefreshToken);
        var before = await installation.LastChange();

        network.Cut();
        foreach (var token in new[] { device.RefreshToken, device.AccessToken })
            (await node.Revoke(installation, app, token)).ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");

        (await installation.ChangesAfter(before)).ShouldBeEmpty();
        network.Restore();
        await Within(healed, async () => (await node.Revoke(installation, app, device.AccessToken)).Status == HttpStatusCode.OK, "it heals by itself");
        (await node.Revoke(installation, app, device.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);
        (await installation.ChangesAfter(before)).Select(change => change.Kind).ShouldBe(["token", "family"]);
    }

    [Theory, Engines]
    public async Task Peer_40_A_write_that_fails_ends_nothing_by_half(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);
        await installation.Execute(engine == On.Postgres
            ? "create function refuse() returns trigger as $$ begin raise exception 'full' using errcode = '53100'; end $$ language plpgsql"
            : "create trigger refuse before insert on changes when new.kind in ('family', 'token') begin select raise(abort, 'refused'); end");
        if (engine == On.Postgres)
            await installation.Execute("create trigger refuse before insert on changes for each row when (new.kind in ('family', 'token')) execute function refuse()");

        foreach (var token in new[] { device.RefreshToken, device.AccessToken })
            ((int)(await node.Revoke(installation, app, token)).Status).ShouldBe(engine == On.Postgres ? 503 : 500);

        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
        (await installation.Actions("%e%.%end%")).ShouldBeEmpty();
        (await installation.Actions("access_token%")).ShouldBeEmpty();
        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task Peer_28_A_restart_forgets_no_revoked_access_token(On engine)
    {
        await using var installation = await Installation.New(engine);
        var first = await installation.Start(settings: ("ApiConnections:Issuer", "http://localhost:8400"));
        var program = await installation.Consumer();
        var (revoked, good) = (await first.Token(program), await first.Token(program));
        await first.Revoke(installation, program, revoked.AccessToken);
        await first.Stop();

        var second = await installation.Start(settings: ("ApiConnections:Issuer", "http://localhost:8400"));

        (await second.Introspect(installation, program, revoked.AccessToken)).Text("active").ShouldBe("False");
        (await second.Introspect(installation, program, good.AccessToken)).Text("active").ShouldBe("True");
    }

    [Theory, Engines]
    public async Task A_device_is_given_back_while_it_refreshes_and_stays_ended(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        for (var round = 0; round < 10; round++)
        {
            var device = await node.Connect(installation, app, await node.Person());
            var refreshing = Enumerable.Range(0, 8).Select(_ => node.Refresh(installation, app, device.RefreshToken)).ToArray();
            var revoking = node.Revoke(installation, app, device.RefreshToken);

            (await revoking).Status.ShouldBe(HttpStatusCode.OK);
            var answers = await Task.WhenAll(refreshing);

            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Error == "invalid_grant");
            foreach (var token in answers.Select(answer => answer.RefreshToken).Append(device.RefreshToken).OfType<string>().Distinct())
                (await node.Refresh(installation, app, token)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
            foreach (var answer in answers.Where(answer => answer.AccessToken is not null))
                (await node.Introspect(installation, app, answer.AccessToken)).Text("active").ShouldBe("False");
        }
    }
}
