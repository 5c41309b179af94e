using ApiConnections.Server.Model;

namespace ApiConnections.Tests.Support;

/// <summary>What an app keeps of a device of a person: the refresh token, which must be seen nowhere.</summary>
internal static class Devices
{
    /// <summary>Connects a device of the person: consent, code, first tokens.</summary>
    public static async Task<TokenAnswer> Connect(this Node node, Installation installation, TestConsumer app, TestPerson person, CodeWish? wish = null)
    {
        var answer = await node.Redeem(installation, app, await node.Code(installation, app, person, wish));
        answer.ShouldBeIssued();
        return answer;
    }

    /// <summary>Refreshes as the app, with changes: a null takes a parameter away.</summary>
    public static Task<TokenAnswer> Refresh(this Node node, Installation installation, TestConsumer app, string? token, params (string Name, string? Value)[] changes) =>
        node.Http.Refresh(installation, app, token, changes);

    /// <summary>The same at any server.</summary>
    public static async Task<TokenAnswer> Refresh(this HttpClient server, Installation installation, TestConsumer app, string? token, params (string Name, string? Value)[] changes)
    {
        var answer = await server.PostAs(installation, app, "/oauth/token", [("grant_type", "refresh_token"), ("refresh_token", token)], changes);
        if (answer.RefreshToken is { } next)
            installation.Watch(next);

        return answer;
    }

    public static Task<TokenAnswer> Revoke(this Node node, Installation installation, TestConsumer app, string? token, params (string Name, string? Value)[] changes) =>
        node.Http.PostAs(installation, app, "/oauth/revoke", [("token", token)], changes);

    public static Task<TokenAnswer> Revoke(this HttpClient server, Installation installation, TestConsumer app, string? token) =>
        server.PostAs(installation, app, "/oauth/revoke", [("token", token)], []);

    /// <summary>Redeems a code at any server.</summary>
    public static Task<TokenAnswer> Redeem(this HttpClient server, Installation installation, TestConsumer app, TestCode code) =>
        server.PostAs(installation, app, "/oauth/token", [.. Apps.Form(app, code, ("client_id", null)).Select(parameter => (parameter.Name, (string?)parameter.Value))], []);

    public static Task<TokenAnswer> Introspect(this Node node, Installation installation, TestConsumer caller, string? token, params (string Name, string? Value)[] changes) =>
        node.Http.PostAs(installation, caller, "/oauth/introspect", [("token", token)], changes);

    /// <summary>A protected API as it authenticates here.</summary>
    public static async Task<TestConsumer> ApiFor(this Installation installation, string audience, params string[] options)
    {
        var made = await installation.Reveal(["api", "create", "--name", "API " + Guid.CreateVersion7(), "--audience", audience, .. options]);
        return new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, "", "");
    }

    /// <summary>The family of an access token.</summary>
    public static string Family(this TokenAnswer answer) => answer.Claims.GetProperty("family_id").GetString()!;

    /// <summary>Another token of the same family that was never issued: its handle with another secret.</summary>
    public static string Forged(string token)
    {
        var bytes = new byte[48];
        WireToken.Refresh.TryRead(token, bytes);
        bytes[47] ^= 1;
        return WireToken.Refresh.Write(bytes);
    }

    private static async Task<TokenAnswer> PostAs(this HttpClient server, Installation installation, TestConsumer app, string path, (string Name, string? Value)[] form, (string Name, string? Value)[] changes)
    {
        (string Name, string? Value)[] whole = [.. form, ("client_id", app.Secret.Length > 0 ? null : app.Key)];
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(whole.Where(parameter => !Array.Exists(changes, change => change.Name == parameter.Name)).Concat(changes)
                .Where(parameter => parameter.Value is not null).Select(parameter => new KeyValuePair<string, string>(parameter.Name, parameter.Value!))),
        };
        if (app.Secret.Length > 0)
            request.Headers.Authorization = Node.Basic(app.Key, app.Secret);
        using var response = await server.SendAsync(request);
        var answer = await TokenAnswer.Read(response);
        if (answer.AccessToken is { } token)
            installation.Watch(token);

        return answer;
    }
}
