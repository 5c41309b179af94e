using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Introspection;

/// <summary>Introspection says what the rows say, whatever a node has heard.</summary>
[Rfc("7662 s2.2")]
public sealed class IntrospectionStateTests
{
    private static readonly string[] ends =
        ["person disabled", "password changed", "authorization revoked", "tokens revoked", "consumer disabled", "consumer deleted", "company suspended", "add-on off", "company generations", "family ended"];

    public static IEnumerable<ITheoryDataRow> Ends => new[] { On.Sqlite, On.Postgres }.SelectMany(engine => ends.Select(end => EnginesAttribute.Row(engine, end)));

    [Theory, MemberData(nameof(Ends))]
    public async Task Peer_36_Peer_37_Peer_39_What_ends_a_token_ends_it_at_once_on_a_node_that_has_not_heard(On engine, string what)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person, new() { Audience = "https://mine.test" });
        (await node.Introspect(installation, api, device.AccessToken)).Text("active").ShouldBe("True");
        (await node.Introspect(installation, app, device.RefreshToken)).Text("active").ShouldBe("True");
        await node.Deafen();

        await installation.End(what, app, person, Guid.Parse(device.Claims.GetProperty("authorization_id").GetString()!));

        (await node.Introspect(installation, api, device.AccessToken)).Body.GetRawText().ShouldBe("{\"active\":false}");
        // A node that is late reads changes itself before it answers, and then turns a consumer away that is not live any more.
        foreach (var token in (string?[])[device.AccessToken, device.RefreshToken])
            (await node.Introspect(installation, app, token)).Body.GetRawText().ShouldMatch("^{\"active\":false}$|invalid_client");
    }

    [Theory, Engines]
    public async Task Peer_37_Peer_38_What_is_narrowed_ends_the_access_token_and_shows_in_the_refresh_token(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);

        await installation.Do("group", "edit", "Viewers", "--scopes", "tasks:view");

        (await node.Introspect(installation, app, device.AccessToken)).Text("active").ShouldBe("False");
        (await node.Introspect(installation, app, device.RefreshToken)).Text("scope").ShouldBe("tasks:view");
        var next = await node.Refresh(installation, app, device.RefreshToken);
        (await node.Introspect(installation, app, next.AccessToken)).Text("active").ShouldBe("True");
        await installation.Do("group", "edit", "Viewers", "--scopes", "assets:delete");
        (await node.Introspect(installation, app, next.RefreshToken)).Text("active").ShouldBe("False");
    }

    [Theory, Engines]
    public async Task Peer_37_A_withdrawn_key_ends_every_token_that_it_signed(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var program = await installation.Consumer();
        var token = await node.Token(program);
        (await node.Introspect(installation, program, token.AccessToken)).Text("active").ShouldBe("True");
        await node.Deafen();

        await installation.Do("keys", "rotate", "--compromised");

        (await node.Introspect(installation, program, token.AccessToken)).Text("active").ShouldBe("False");
    }

    [Theory, Engines]
    public async Task A_program_whose_authorization_is_revoked_has_no_active_token_and_no_other_feels_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (program, other) = (await installation.Consumer(), await installation.Consumer());
        var (token, others) = (await node.Token(program), await node.Token(other));

        await installation.Do("authorization", "revoke", token.Claims.GetProperty("authorization_id").GetString()!);

        (await node.Introspect(installation, program, token.AccessToken)).Text("active").ShouldBe("False");
        (await node.Introspect(installation, other, others.AccessToken)).Text("active").ShouldBe("True");
    }
}
