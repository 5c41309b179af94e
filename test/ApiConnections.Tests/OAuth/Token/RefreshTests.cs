using System.Net;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

[Rfc("6749 s6", "9700 s4.14.2")]
public sealed class RefreshTests
{
    [Theory, Engines]
    public async Task A_refresh_gives_an_access_token_for_the_person_and_a_refresh_token_in_place_of_the_old_one(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);
        installation.Clock.Advance(TimeSpan.FromMinutes(7));

        var second = await node.Refresh(installation, app, first.RefreshToken);

        second.ShouldBeIssued();
        second.Body.EnumerateObject().Select(member => member.Name).ShouldBe(["access_token", "token_type", "expires_in", "scope", "refresh_token"]);
        second.Scope.ShouldBe("assets:view tasks:view");
        second.RefreshToken!.ShouldStartWith("acr_");
        second.RefreshToken.ShouldNotBe(first.RefreshToken);
        var (before, claims) = (first.Claims, second.Claims);
        foreach (var same in new[] { "iss", "aud", "sub", "client_id", "scope", "company", "authorization_id", "family_id", "gen" })
            claims.GetProperty(same).GetRawText().ShouldBe(before.GetProperty(same).GetRawText(), same);
        claims.GetProperty("jti").GetString().ShouldNotBe(before.GetProperty("jti").GetString());
        (claims.GetProperty("exp").GetInt64() - before.GetProperty("exp").GetInt64()).ShouldBe(7 * 60);
        (await installation.Count("token_families where ended_at is null")).ShouldBe(1);
        (await installation.Count("token_families")).ShouldBe(1);
        (await node.Refresh(installation, app, second.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    [Rfc("6749 s3.2.1")]
    public async Task A_public_app_says_who_it_is_and_its_token_rotates_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App("--public"), await node.Person());
        var first = await node.Connect(installation, app, person);

        (await node.Refresh(installation, app, first.RefreshToken, ("client_secret", "zqx"))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Refresh(installation, app, first.RefreshToken, ("client_id", null))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        var second = await node.Refresh(installation, app, first.RefreshToken);

        second.ShouldBeIssued();
        second.RefreshToken.ShouldNotBe(first.RefreshToken);
    }

    [Theory, Engines]
    public async Task A_retry_within_the_window_gets_the_same_refresh_token_and_a_fresh_access_token(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);
        var second = await node.Refresh(installation, app, first.RefreshToken);
        installation.Clock.Advance(TimeSpan.FromSeconds(30));

        var again = await node.Refresh(installation, app, first.RefreshToken);

        again.ShouldBeIssued();
        again.RefreshToken.ShouldBe(second.RefreshToken);
        again.AccessToken.ShouldNotBe(second.AccessToken);
        (await node.Refresh(installation, app, second.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task The_rows_do_not_yield_the_token_that_is_answered_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);
        var second = await node.Refresh(installation, app, first.RefreshToken);

        var row = (await installation.Query<FamilyRow>("select sealed_successor, current_hash, previous_hash, handle_hash from token_families")).ShouldHaveSingleItem();

        var (old, current) = (Server.Model.RefreshToken.Read(first.RefreshToken!)!, Server.Model.RefreshToken.Read(second.RefreshToken!)!);
        row.CurrentHash.ShouldBe(current.Secret.Bytes);
        row.PreviousHash.ShouldBe(old.Secret.Bytes);
        row.HandleHash.ShouldBe(current.Handle.Bytes);
        old.Open(row.SealedSuccessor)!.ToValue().Reveal().ShouldBe(second.RefreshToken);
        current.Open(row.SealedSuccessor).ShouldBeNull();
        Server.Model.RefreshToken.Read(Devices.Forged(first.RefreshToken!))!.Open(row.SealedSuccessor).ShouldBeNull();
        old.Open([.. row.SealedSuccessor[..^1], (byte)(row.SealedSuccessor[^1] ^ 1)]).ShouldBeNull();
        old.Open(row.SealedSuccessor[..^1]).ShouldBeNull();
    }

    [Theory, Engines]
    public async Task Peer_27_Peer_41_A_token_that_was_replaced_ends_its_family_with_a_record_and_a_change_and_no_other(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (first, other) = (await node.Connect(installation, app, person), await node.Connect(installation, app, person));
        var second = await node.Refresh(installation, app, first.RefreshToken);
        var third = await node.Refresh(installation, app, second.RefreshToken);
        var before = await installation.LastChange();

        (await node.Refresh(installation, app, first.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");

        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject, change.ForApis).ShouldBe(("family", first.Family(), true));
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(1);
        (await node.Refresh(installation, app, third.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, app, second.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(1);
        (await installation.Count("authorizations where status <> 'live'")).ShouldBe(0);
        (await node.Refresh(installation, app, other.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task A_token_that_was_never_issued_under_a_known_handle_ends_the_family(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);

        (await node.Refresh(installation, app, Devices.Forged(first.RefreshToken!))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");

        (await node.Refresh(installation, app, first.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Peer_21_A_refresh_token_is_no_good_to_another_consumer_and_ends_nothing_there(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, other, person) = (await installation.App(), await installation.App(), await node.Person());
        var everybody = await installation.App("--public");
        var first = await node.Connect(installation, app, person);
        var second = await node.Refresh(installation, app, first.RefreshToken);
        var third = await node.Refresh(installation, app, second.RefreshToken);
        var before = await installation.LastChange();

        foreach (var token in new[] { first, second, third })
        {
            (await node.Refresh(installation, other, token.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
            (await node.Refresh(installation, everybody, token.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        }

        (await installation.ChangesAfter(before)).ShouldBeEmpty();
        (await node.Refresh(installation, app, third.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task Peer_29_A_refresh_without_the_secret_of_a_confidential_app_is_refused_and_ends_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);

        (await node.Refresh(installation, app with { Secret = "" }, first.RefreshToken)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Refresh(installation, app with { Secret = "" }, Devices.Forged(first.RefreshToken!))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Refresh(installation, app with { Secret = "zqx" }, first.RefreshToken)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");

        (await node.Refresh(installation, app, first.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task Peer_32_A_device_ends_when_it_was_idle_for_too_long_and_when_its_time_is_over_however_busy_it_is(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        installation.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(installation.Clock.GetUtcNow().ToUnix() + 1));
        var (app, person) = (await installation.App("--refresh-idle-days", "2", "--refresh-absolute-days", "5"), await node.Person());
        var (busy, lazy) = (await node.Connect(installation, app, person), await node.Connect(installation, app, person));
        var almost = TimeSpan.FromDays(2) - TimeSpan.FromMilliseconds(1);

        for (var i = 0; i < 2; i++)
        {
            installation.Clock.Advance(almost);
            busy = await node.Refresh(installation, app, busy.RefreshToken);
            busy.ShouldBeIssued();
            if (i == 0)
                lazy = await node.Refresh(installation, app, lazy.RefreshToken);
            else
                installation.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        (await node.Refresh(installation, app, lazy.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        installation.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMilliseconds(1));
        (await node.Refresh(installation, app, busy.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        // Nothing was stolen: what is over is over, without a record.
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0, false), InlineData(1, 1000, true), InlineData(1, 1001, false), InlineData(30, 30_000, true), InlineData(30, 30_001, false), InlineData(300, 300_000, true), InlineData(300, 300_001, false)]
    public async Task Peer_35_The_window_is_what_the_consumer_says_to_the_millisecond(int seconds, int milliseconds, bool answered)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        installation.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(installation.Clock.GetUtcNow().ToUnix() + 1));
        var (app, person) = (await installation.App("--refresh-window-seconds", $"{seconds}"), await node.Person());
        var first = await node.Connect(installation, app, person);
        var second = await node.Refresh(installation, app, first.RefreshToken);

        installation.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        var again = await node.Refresh(installation, app, first.RefreshToken);

        if (answered)
            again.RefreshToken.ShouldBe(second.RefreshToken);
        else
            again.ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, app, second.RefreshToken)).Status.ShouldBe(answered ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_consumer_that_was_made_before_the_window_was_an_option_has_the_default()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var app = await installation.App();
        var options = (await installation.Query<string>("select options from consumers"))[0];
        await installation.Execute("update consumers set options = @before", new { before = options.Replace(",\"refresh_window_seconds\":30", "", StringComparison.Ordinal) });
        (await installation.Count("consumers where options not like '%window%'")).ShouldBe(1);
        var node = await installation.Start();
        var first = await node.Connect(installation, app, await node.Person());
        var second = await node.Refresh(installation, app, first.RefreshToken);
        installation.Clock.Advance(TimeSpan.FromSeconds(29));

        (await node.Refresh(installation, app, first.RefreshToken)).RefreshToken.ShouldBe(second.RefreshToken);
        installation.Clock.Advance(TimeSpan.FromDays(29));
        (await node.Refresh(installation, app, second.RefreshToken)).ShouldBeIssued();
    }

    private sealed class FamilyRow
    {
        public byte[] SealedSuccessor { get; init; } = [];
        public byte[] CurrentHash { get; init; } = [];
        public byte[] PreviousHash { get; init; } = [];
        public byte[] HandleHash { get; init; } = [];
    }
}
