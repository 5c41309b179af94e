using System.Net;
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
        (await installation.Count("authorizations where status = 'live'")).ShouldBe(await installation.Count("authorizations"));
        (await node.Refresh(installation, app, other.RefreshToken)).ShouldBeIssued();
    }
}
