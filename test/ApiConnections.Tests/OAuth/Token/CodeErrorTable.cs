using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>A node with an app and a person, whose codes the rows of the table spoil, each its own.</summary>
public sealed class CodeServer : IAsyncLifetime
{
    public Installation Installation { get; private set; } = null!;

    public Node Node { get; private set; } = null!;

    /// <summary>With a secret; may leave PKCE out.</summary>
    public TestConsumer App { get; private set; } = null!;

    public TestConsumer Public { get; private set; } = null!;

    public TestConsumer Other { get; private set; } = null!;

    public TestPerson Person { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Installation = await Installation.New(On.Sqlite);
        await Installation.Reveal("api", "create", "--name", "Second API", "--audience", "https://second.test");
        Node = await Installation.Start(settings: ("ApiConnections:ClientAuthentication:FailuresPerMinute", "10000"));
        (App, Public, Other) = (await Installation.App("--pkce-optional"), await Installation.App("--public"), await Installation.App());
        Person = await Node.Person();
    }

    public ValueTask DisposeAsync() => Installation.DisposeAsync();
}

/// <summary>What can be wrong with the redemption of a code. After each row the code still works: a bad request burns nothing.</summary>
[Rfc("6749 s5.2", "6749 s4.1.3", "7636 s4.6")]
public sealed class CodeErrorTable(CodeServer server) : IClassFixture<CodeServer>
{
    private readonly Node node = server.Node;
    private readonly Installation installation = server.Installation;

    /// <summary>Parameter and value; <c>{…}</c> is filled in, <c>-</c> takes the parameter away.</summary>
    public static TheoryData<string, string, string, string> Rows => new()
    {
        { "no code", "code", "-", "invalid_request" },
        { "an empty code", "code", "", "invalid_request" },
        { "a code that is none", "code", "zqx", "invalid_grant" },
        { "a cut code", "code", "{cut}", "invalid_grant" },
        { "a code with a letter more", "code", "{code}z", "invalid_grant" },
        { "a mistyped code", "code", "{mistyped}", "invalid_grant" },
        { "a code in other letters", "code", "{swapped}", "invalid_grant" },
        { "a code with a space before it", "code", " {code}", "invalid_grant" },
        { "a code with a NUL after it", "code", "{code}\0", "invalid_grant" },
        { "a refresh token for a code", "code", "{asrefresh}", "invalid_grant" },
        { "somebody's locator with another secret", "code", "{othersecret}", "invalid_grant" },
        { "a well-formed code of nobody's", "code", "{nobodys}", "invalid_grant" },
        { "letters beyond ASCII in the code", "code", "acc_\u00e9{code}", "invalid_grant" },
        { "a huge code", "code", "{huge}", "invalid_grant" },
        { "another redirect URI", "redirect_uri", "https://app.test/other", "invalid_grant" },
        { "a redirect URI with a slash at its end", "redirect_uri", Apps.Callback + "/", "invalid_grant" },
        { "a redirect URI in other letters", "redirect_uri", "https://APP.test/callback", "invalid_grant" },
        { "a redirect URI, encoded otherwise", "redirect_uri", "https://app.test/%63allback", "invalid_grant" },
        { "a redirect URI with a query", "redirect_uri", Apps.Callback + "?a=b", "invalid_grant" },
        { "a redirect URI with a space", "redirect_uri", Apps.Callback + " ", "invalid_grant" },
        { "no verifier", "code_verifier", "-", "invalid_grant" },
        { "an empty verifier", "code_verifier", "", "invalid_grant" },
        { "a wrong verifier", "code_verifier", "zqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqx", "invalid_grant" },
        { "the challenge for a verifier", "code_verifier", "{challenge}", "invalid_grant" },
        { "a cut verifier", "code_verifier", "{cutverifier}", "invalid_grant" },
        { "a verifier with a letter more", "code_verifier", "{verifier}z", "invalid_grant" },
        { "a verifier of 129 characters", "code_verifier", "{long}", "invalid_grant" },
        { "a verifier with a forbidden character", "code_verifier", "zqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxzqxz+", "invalid_grant" },
        { "another resource", "resource", "https://second.test", "invalid_target" },
        { "an unknown resource", "resource", "https://zqx.test", "invalid_target" },
    };

    public static TheoryData<string> Repeated => ["code", "redirect_uri", "code_verifier"];

    [Theory, MemberData(nameof(Rows))]
    public async Task A_wrong_redemption_is_refused_and_burns_nothing(string situation, string name, string value, string error)
    {
        var code = await node.Code(installation, server.Public, server.Person);

        var answer = await node.Redeem(installation, server.Public, code, (name, Fill(value, code)));

        answer.ShouldBeRefused(HttpStatusCode.BadRequest, error);
        answer.ShouldTellNothing("zqx", code.Code, code.Verifier!, server.Public.Key);
        (await node.Redeem(installation, server.Public, code)).Status.ShouldBe(HttpStatusCode.OK, situation);
    }

    [Theory, MemberData(nameof(Repeated))]
    [Rfc("6749 s3.2")]
    public async Task A_parameter_twice_is_refused_even_with_the_same_value(string name)
    {
        var code = await node.Code(installation, server.Public, server.Person);
        var form = Apps.Form(server.Public, code);

        (await node.Post([.. form, form.Single(parameter => parameter.Name == name)])).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");

        (await node.Redeem(installation, server.Public, code)).ShouldBeIssued();
    }

    [Theory, InlineData("https://api.test&https://second.test"), InlineData("https://api.test&https://api.test")]
    [Rfc("8707 s2")]
    public async Task Two_resources_are_refused(string resources)
    {
        var code = await node.Code(installation, server.Public, server.Person);

        (await node.Post([.. Apps.Form(server.Public, code), .. resources.Split('&').Select(resource => ("resource", resource))])).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_target");

        (await node.Redeem(installation, server.Public, code)).ShouldBeIssued();
    }

    [Fact]
    public async Task A_code_without_PKCE_needs_the_redirect_URI_that_its_request_named_and_refuses_a_verifier()
    {
        var code = await node.Code(installation, server.App, server.Person, new() { Pkce = false });

        (await node.Redeem(installation, server.App, code, ("redirect_uri", null))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, server.App, code, ("code_verifier", Apps.NewVerifier()))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, server.App, code)).ShouldBeIssued();
    }

    [Fact]
    public async Task The_redirect_URI_may_be_left_out_with_PKCE_or_where_the_request_left_it_out()
    {
        var pkce = await node.Code(installation, server.App, server.Person);
        var neither = await node.Code(installation, server.App, server.Person, new() { Pkce = false, RedirectUriGiven = false });

        (await node.Redeem(installation, server.App, pkce, ("redirect_uri", null))).ShouldBeIssued();
        (await node.Redeem(installation, server.App, neither, ("redirect_uri", "https://app.test/other"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, server.App, neither, ("redirect_uri", null))).ShouldBeIssued();
    }

    [Fact]
    [Rfc("8252 s7.3")]
    public async Task A_loopback_redirect_URI_must_name_the_port_of_its_request()
    {
        var code = await node.Code(installation, server.Public, server.Person, new() { RedirectUri = "http://127.0.0.1:51004/callback" });

        (await node.Redeem(installation, server.Public, code, ("redirect_uri", "http://127.0.0.1/callback"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, server.Public, code)).ShouldBeIssued();
    }

    [Fact]
    [Rfc("8707 s2.2")]
    public async Task The_resource_is_that_of_the_request_whether_it_is_named_again_or_not()
    {
        var second = new CodeWish { Audience = "https://second.test" };

        var named = await node.Redeem(installation, server.App, await node.Code(installation, server.App, server.Person, second), ("resource", "https://second.test"));
        var silent = await node.Redeem(installation, server.App, await node.Code(installation, server.App, server.Person, second));
        var byDefault = await node.Redeem(installation, server.App, await node.Code(installation, server.App, server.Person), ("resource", "https://api.test"));

        named.Claims.GetProperty("aud").GetString().ShouldBe("https://second.test");
        silent.Claims.GetProperty("aud").GetString().ShouldBe("https://second.test");
        byDefault.Claims.GetProperty("aud").GetString().ShouldBe("https://api.test");
    }

    [Theory, InlineData("scope", "assets:view"), InlineData("scope", "zqx:view"), InlineData("scope", " "), InlineData("state", "zqx"), InlineData("user_id", "zqx"), InlineData("refresh_token", "zqx")]
    public async Task What_the_grant_does_not_know_changes_nothing(string name, string value)
    {
        var answer = await node.Redeem(installation, server.App, await node.Code(installation, server.App, server.Person, new() { Scope = "tasks:view" }), (name, value));

        answer.ShouldBeIssued();
        answer.Scope.ShouldBe("tasks:view");
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Peer_21_A_code_is_no_good_to_another_consumer_with_a_good_secret_of_its_own(bool usedBefore)
    {
        var code = await node.Code(installation, server.App, server.Person);
        if (usedBefore)
            (await node.Redeem(installation, server.App, code)).ShouldBeIssued();

        (await node.Redeem(installation, server.Other, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Post([.. Apps.Form(server.Public, code)])).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");

        if (!usedBefore)
            (await node.Redeem(installation, server.App, code)).ShouldBeIssued();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Peer_16_Peer_17_A_code_with_a_challenge_needs_its_verifier_from_everybody(bool confidential)
    {
        var app = confidential ? server.App : server.Public;
        var code = await node.Code(installation, app, server.Person);

        foreach (var verifier in new[] { null, "", Apps.NewVerifier(), "plain" })
            (await node.Redeem(installation, app, code, ("code_verifier", verifier))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");

        (await node.Redeem(installation, app, code)).ShouldBeIssued();
    }

    [Fact]
    public async Task Peer_18_Peer_19_A_challenge_is_never_compared_plain_and_no_other_grant_takes_the_code()
    {
        var code = await node.Code(installation, server.App, server.Person);

        (await node.Redeem(installation, server.App, code, ("code_verifier", Apps.Challenge(code.Verifier!)), ("code_challenge_method", "plain"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, server.App, code, ("grant_type", "refresh_token"), ("refresh_token", code.Code))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, server.App, code, ("grant_type", "client_credentials"))).ShouldBeRefused(HttpStatusCode.BadRequest, "unauthorized_client");
        (await node.Redeem(installation, server.App, code)).ShouldBeIssued();
    }

    private static string? Fill(string value, TestCode code)
    {
        if (value == "-")
            return null;

        var bytes = new byte[48];
        Server.Model.WireToken.Code.TryRead(code.Code, bytes);
        byte[] other = [.. bytes[..16], .. new byte[32]];
        return value
            .Replace("{code}", code.Code, StringComparison.Ordinal)
            .Replace("{cut}", code.Code[..^1], StringComparison.Ordinal)
            .Replace("{mistyped}", code.Code[..10] + (code.Code[10] == 'a' ? 'b' : 'a') + code.Code[11..], StringComparison.Ordinal)
            .Replace("{swapped}", new string([.. code.Code.Select(letter => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter))]), StringComparison.Ordinal)
            .Replace("{asrefresh}", Server.Model.WireToken.Refresh.Write(bytes), StringComparison.Ordinal)
            .Replace("{othersecret}", Server.Model.WireToken.Code.Write(other), StringComparison.Ordinal)
            .Replace("{nobodys}", Server.Model.WireToken.Code.Write(new byte[48]), StringComparison.Ordinal)
            .Replace("{huge}", new string('z', 8000), StringComparison.Ordinal)
            .Replace("{challenge}", Apps.Challenge(code.Verifier!), StringComparison.Ordinal)
            .Replace("{cutverifier}", code.Verifier![..^1], StringComparison.Ordinal)
            .Replace("{verifier}", code.Verifier, StringComparison.Ordinal)
            .Replace("{long}", new string('z', 129), StringComparison.Ordinal);
    }
}
