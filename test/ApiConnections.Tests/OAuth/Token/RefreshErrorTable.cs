using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>What can be wrong with a refresh. After each row the token still works, and its device goes on: a bad request burns nothing.</summary>
[Rfc("6749 s5.2", "6749 s6")]
public sealed class RefreshErrorTable
{
    /// <summary>Situation, parameter, value, error; <c>{…}</c> is filled in, <c>-</c> takes the parameter away.</summary>
    private static readonly (string Situation, string Name, string Value, string Error)[] rows =
    [
        ("no refresh token", "refresh_token", "-", "invalid_request"),
        ("an empty refresh token", "refresh_token", "", "invalid_request"),
        ("a refresh token that is none", "refresh_token", "zqx", "invalid_grant"),
        ("a cut one", "refresh_token", "{cut}", "invalid_grant"),
        ("one with a letter more", "refresh_token", "{token}z", "invalid_grant"),
        ("a mistyped one", "refresh_token", "{mistyped}", "invalid_grant"),
        ("one in other letters", "refresh_token", "{swapped}", "invalid_grant"),
        ("one with a space before it", "refresh_token", " {token}", "invalid_grant"),
        ("one with a NUL after it", "refresh_token", "{token}\0", "invalid_grant"),
        ("a code for a refresh token", "refresh_token", "{ascode}", "invalid_grant"),
        ("the access token for a refresh token", "refresh_token", "{access}", "invalid_grant"),
        ("a well-formed one of nobody's", "refresh_token", "{nobodys}", "invalid_grant"),
        ("letters beyond ASCII", "refresh_token", "acr_é{token}", "invalid_grant"),
        ("a huge one", "refresh_token", "{huge}", "invalid_grant"),
        ("a scope that was not granted", "scope", "assets:view tasks:edit", "invalid_scope"),
        ("a scope that nobody knows", "scope", "zqx:view", "invalid_scope"),
        ("a scope in other letters", "scope", "TASKS:view", "invalid_scope"),
        ("two spaces in the scope", "scope", "assets:view  tasks:view", "invalid_scope"),
        ("a space for a scope", "scope", " ", "invalid_scope"),
        ("another resource", "resource", "https://second.test", "invalid_target"),
        ("an unknown resource", "resource", "https://zqx.test", "invalid_target"),
        ("another grant", "grant_type", "client_credentials", "unauthorized_client"),
    ];

    [Theory, Engines]
    public async Task A_wrong_refresh_is_refused_and_burns_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.ApiFor("https://second.test");
        var node = await installation.Start();
        var app = await installation.App("--public");
        foreach (var (situation, name, value, error) in rows)
        {
            var device = await node.Connect(installation, app, await node.Person());

            var answer = await node.Refresh(installation, app, device.RefreshToken, (name, Fill(value, device)));

            answer.Error.ShouldBe(error, situation);
            answer.ShouldBeRefused(HttpStatusCode.BadRequest, error);
            answer.ShouldTellNothing("zqx", device.RefreshToken!, app.Key);
            (await node.Refresh(installation, app, device.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK, situation);
        }

        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(0);
    }

    [Theory, Engines]
    [Rfc("6749 s3.2", "8707 s2")]
    public async Task A_parameter_twice_is_refused_even_with_the_same_value(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App("--public");
        var device = await node.Connect(installation, app, await node.Person());
        (string, string)[] form = [("grant_type", "refresh_token"), ("client_id", app.Key), ("refresh_token", device.RefreshToken!)];

        (await node.Post([.. form, form[2]])).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");
        (await node.Post([.. form, ("scope", "tasks:view"), ("scope", "tasks:view")])).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");
        (await node.Post([.. form, ("resource", "https://api.test"), ("resource", "https://api.test")])).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_target");

        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task What_the_grant_does_not_know_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        var device = await node.Connect(installation, app, await node.Person());

        var answer = await node.Refresh(installation, app, device.RefreshToken, ("redirect_uri", "https://zqx.test"), ("code", "zqx"), ("code_verifier", "zqx"), ("user_id", "zqx"), ("token", "zqx"));

        answer.ShouldBeIssued();
        answer.Scope.ShouldBe("assets:view tasks:view");
    }

    private static string? Fill(string value, TokenAnswer device)
    {
        if (value == "-")
            return null;

        var token = device.RefreshToken!;
        var bytes = new byte[48];
        Server.Model.WireToken.Refresh.TryRead(token, bytes);
        return value
            .Replace("{token}", token, StringComparison.Ordinal)
            .Replace("{access}", device.AccessToken, StringComparison.Ordinal)
            .Replace("{cut}", token[..^1], StringComparison.Ordinal)
            .Replace("{mistyped}", token[..10] + (token[10] == 'a' ? 'b' : 'a') + token[11..], StringComparison.Ordinal)
            .Replace("{swapped}", new string([.. token.Select(letter => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter))]), StringComparison.Ordinal)
            .Replace("{ascode}", Server.Model.WireToken.Code.Write(bytes), StringComparison.Ordinal)
            .Replace("{nobodys}", Server.Model.WireToken.Refresh.Write(new byte[48]), StringComparison.Ordinal)
            .Replace("{huge}", new string('z', 8000), StringComparison.Ordinal);
    }
}
