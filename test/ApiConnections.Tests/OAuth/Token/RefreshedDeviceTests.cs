using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>What a refresh allows and for which API, on how many devices, and who learns why one was refused.</summary>
[Rfc("6749 s6", "9700 s4.14.2")]
public sealed class RefreshedDeviceTests
{
    [Theory, Engines]
    public async Task A_narrower_scope_is_for_one_access_token_and_the_next_may_have_all_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);

        var narrow = await node.Refresh(installation, app, first.RefreshToken, ("scope", "tasks:view"));
        var all = await node.Refresh(installation, app, narrow.RefreshToken);
        var other = await node.Refresh(installation, app, all.RefreshToken, ("scope", "assets:view"));

        narrow.Scope.ShouldBe("tasks:view");
        narrow.Claims.GetProperty("scope").GetString().ShouldBe("tasks:view");
        all.Scope.ShouldBe("assets:view tasks:view");
        other.Scope.ShouldBe("assets:view");
    }

    [Theory, Engines]
    public async Task Peer_30_Peer_38_What_may_be_done_is_decided_anew_at_each_refresh(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("group", "create", "--name", "Editors", "--scopes", "assets:view tasks:view tasks:edit");
        var (app, person) = (await installation.Consumer("Editors", "authorization_code", "--callback", Apps.Callback), await node.Person("Editors"));
        var device = await node.Connect(installation, app, person, new() { Scope = "assets:view tasks:edit tasks:view" });

        await installation.Do("group", "edit", "Editors", "--scopes", "tasks:view tasks:delete");
        var narrowed = await node.Refresh(installation, app, device.RefreshToken);
        (await node.Refresh(installation, app, narrowed.RefreshToken, ("scope", "assets:view"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
        // Granted later to the group, but never by the person.
        (await node.Refresh(installation, app, narrowed.RefreshToken, ("scope", "tasks:delete"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
        await installation.Do("group", "edit", "Editors", "--scopes", "tasks:view tasks:edit");
        var widened = await node.Refresh(installation, app, narrowed.RefreshToken);
        await installation.Do("group", "edit", "Editors", "--scopes", "assets:delete");

        narrowed.Scope.ShouldBe("tasks:view");
        widened.Scope.ShouldBe("tasks:edit tasks:view");
        // Tokens of before the narrowing are dead; this one is issued under the generations of now.
        narrowed.Claims.GetProperty("gen").GetRawText().ShouldNotBe(device.Claims.GetProperty("gen").GetRawText());
        (await node.Refresh(installation, app, widened.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
        await installation.Do("group", "edit", "Editors", "--scopes", "tasks:view");
        (await node.Refresh(installation, app, widened.RefreshToken)).Scope.ShouldBe("tasks:view");
    }

    [Theory, Engines]
    [Rfc("8707 s2.2")]
    public async Task The_resource_is_that_of_the_code_whether_it_is_named_again_or_not(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.ApiFor("https://second.test");
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var named = await node.Connect(installation, app, person, new() { Audience = "https://second.test" });
        var byDefault = await node.Connect(installation, app, person);

        (await node.Refresh(installation, app, named.RefreshToken, ("resource", "https://api.test"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_target");
        named = await node.Refresh(installation, app, named.RefreshToken, ("resource", "https://second.test"));
        var silent = await node.Refresh(installation, app, named.RefreshToken);
        (await node.Refresh(installation, app, byDefault.RefreshToken, ("resource", "https://second.test"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_target");
        byDefault = await node.Refresh(installation, app, byDefault.RefreshToken, ("resource", "https://api.test"));

        named.Claims.GetProperty("aud").GetString().ShouldBe("https://second.test");
        silent.Claims.GetProperty("aud").GetString().ShouldBe("https://second.test");
        byDefault.Claims.GetProperty("aud").GetString().ShouldBe("https://api.test");
    }

    [Theory, Engines]
    public async Task Of_twenty_one_devices_the_one_that_was_refreshed_longest_ago_gives_way(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var devices = new List<TokenAnswer>();
        for (var i = 0; i < TokenFamilies.MostLive; i++)
        {
            devices.Add(await node.Connect(installation, app, person));
            installation.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        devices[0] = await node.Refresh(installation, app, devices[0].RefreshToken);
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        await node.Connect(installation, app, person);

        (await node.Refresh(installation, app, devices[0].RefreshToken)).ShouldBeIssued();
        (await node.Refresh(installation, app, devices[1].RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Theory, Engines]
    public async Task A_refresh_says_where_and_with_what_the_device_was_seen_last(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);
        installation.Clock.Advance(TimeSpan.FromHours(3));
        node.Http.DefaultRequestHeaders.UserAgent.ParseAdd("field-app/2");

        await node.Refresh(installation, app, first.RefreshToken);
        await node.Stop();

        (await installation.Count($"token_families where agent = 'field-app/2' and ip = '127.0.0.1' and rotated_at = {installation.Clock.GetUtcNow().ToUnix()}")).ShouldBe(1);
        (await installation.Read(session => session.Value<long>("select uses from authorization_activity"))).ShouldBe(2);
    }

    [Theory, Engines]
    public async Task Why_a_refresh_was_refused_is_told_to_the_consumers_owner(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, other, person) = (await installation.App(), await installation.App(), await node.Person());
        var (stolen, late, fine) = (await node.Connect(installation, app, person), await node.Connect(installation, app, person), await node.Connect(installation, app, person));
        var next = await node.Refresh(installation, app, stolen.RefreshToken);
        await node.Refresh(installation, app, next.RefreshToken);
        await node.Refresh(installation, app, late.RefreshToken);
        installation.Clock.Advance(TimeSpan.FromSeconds(45));

        await node.Refresh(installation, app, stolen.RefreshToken);
        await node.Refresh(installation, app, next.RefreshToken);
        await node.Refresh(installation, app, late.RefreshToken);
        await node.Refresh(installation, other, fine.RefreshToken);
        await node.Refresh(installation, app, fine.RefreshToken, ("scope", "tasks:edit"));
        await node.Refresh(installation, app, fine.RefreshToken, ("resource", "https://wrong.test"));
        await node.Refresh(installation, app, "acr_zqx");
        await node.Stop();

        await Shows(installation, app, "invalid_grant", "somebody holds an old one", "the newest refresh token of the device", "one that was replaced more than once, or never issued");
        await Shows(installation, app, "invalid_grant", "somebody holds an old one", "at most 30 seconds after it was replaced", "after 45 seconds");
        await Shows(installation, app, "invalid_grant", "The device was cut off before: A refresh token that had been replaced was used again.", null, null);
        await Shows(installation, app, "invalid_grant", "was cut or mistyped", null, null);
        await Shows(installation, app, "invalid_scope", "a name that was not granted", "assets:view tasks:view", "tasks:edit");
        await Shows(installation, app, "invalid_target", "not the one that the refresh token was issued for", "https://api.test", "https://wrong.test");
        await Shows(installation, other, "invalid_grant", "issued to another consumer", null, null);
    }

    private static async Task Shows(Installation installation, TestConsumer consumer, string outcome, string why, string? expected, string? offending)
    {
        var entries = (await installation.Do("consumer", "requests", consumer.Key)).EnumerateArray().ToArray();
        entries.ShouldContain(
            entry => entry.GetProperty("outcome").GetString() == outcome
                && entry.GetProperty("endpoint").GetString() == "token" && entry.GetProperty("grant_type").GetString() == "refresh_token"
                && (Text(entry, "reason") + Text(entry, "detail")).Contains(why)
                && Text(entry, "expected") == expected && Text(entry, "offending") == offending,
            $"{why}: {string.Join('\n', entries.Select(entry => entry.GetRawText()))}");
    }

    private static string? Text(System.Text.Json.JsonElement entry, string name) => entry.GetProperty(name).GetString();
}
