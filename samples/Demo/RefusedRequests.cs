using System.Net;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.Usage;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.Http.Extensions;

namespace ApiConnections.Samples.Demo;

/// <summary>Who asks in a past request.</summary>
/// <param name="Secrets">The first one and those that came after it.</param>
internal sealed record AskingConsumer(string Key, IReadOnlyList<string> Secrets, string? Callback, string Address, string Agent);

/// <summary>
/// Requests that integrators get wrong, each through the server's real endpoints, with a clock and an address of the past instead of a network: what the request
/// log says of them is what it says of everybody's.
/// </summary>
internal sealed class RefusedRequests(WebApplication app, PastClock clock)
{
    private readonly RequestDelegate server = ((IApplicationBuilder)app).UseEndpoints(_ => { }).Build();

    public async Task Send(PastRefusal refusal, AskingConsumer asking)
    {
        // What was changed between two requests is heard of.
        await app.Services.GetRequiredService<ChangeListener>().ReadNow();
        await (refusal.What switch
        {
            "wrong_secret" => Token(asking, ClientSecret.New().Reveal()),
            "cut_secret" => Token(asking, asking.Secrets[^1][..^1]),
            "old_secret" => Token(asking, asking.Secrets[0]),
            "unknown_scope" => Token(asking, asking.Secrets[^1], ("scope", "work_orders:view")),
            "not_allowed_scope" => Token(asking, asking.Secrets[^1], ("scope", "human_resources:view")),
            "other_grant" => Token(asking, asking.Secrets[^1], (OAuthParameters.GrantType, GrantTypes.AuthorizationCode), ("code", "none")),
            "disabled" or "other_network" or "revoked" => Token(asking, asking.Secrets[^1]),
            "unknown_refresh" => Token(asking, null, (OAuthParameters.GrantType, GrantTypes.RefreshToken), ("refresh_token", RefreshToken.New().ToValue().Reveal())),
            "expired_code" => Redeem(asking, TimeSpan.FromMinutes(4), null),
            "wrong_verifier" => Redeem(asking, TimeSpan.FromSeconds(1), new string('a', 43)),
            "other_callback" => Authorize(asking, ("redirect_uri", "https://localhost:3000/callback")),
            "nobody_signed_in" => Authorize(asking, ("redirect_uri", asking.Callback!), ("prompt", "none")),
            "missing_permission" => Report(asking, refusal.Api!, refusal.Needed!),
            _ => throw new DemoFailedException($"history.json: \"{refusal.What}\" is no request that can be refused."),
        });
    }

    /// <summary>Writes down what was refused, as the server does once a second.</summary>
    public async Task Write() => (await app.Services.GetRequiredService<IDatabase>().Write<bool>(async session =>
    {
        await RequestLogStore.Write(session, app.Services.GetRequiredService<RequestLog>().Take());
        return true;
    })).Or();

    private Task Token(AskingConsumer asking, string? secret, params (string Name, string Value)[] parameters)
    {
        var form = new Dictionary<string, string> { [OAuthParameters.GrantType] = GrantTypes.ClientCredentials };
        foreach (var (name, value) in parameters)
            form[name] = value;
        if (secret is null)
            form[OAuthParameters.ClientId] = asking.Key;

        return Ask(asking, "/oauth/token", new QueryBuilder(form).ToString()[1..], secret);
    }

    private async Task Redeem(AskingConsumer asking, TimeSpan after, string? verifier)
    {
        var codes = app.Services.GetRequiredService<AuthorizationCodes>();
        var code = codes.New();
        (await app.Services.GetRequiredService<IDatabase>().Write<bool>(async session =>
        {
            var live = (await AuthorizationStore.Listed(session, "a.consumer = @key and a.status = 'live' order by a.id", new { key = asking.Key }))[0].Authorization;
            await codes.Issue(session, [new CodeToIssue(code, live, new Generations(1, 1, 1), new CodeBinding(asking.Callback!, true, null, live.Scope, null))]);
            return true;
        })).Or();
        clock.SetOn(clock.GetUtcNow() + after);
        (string, string)[] form = [(OAuthParameters.GrantType, GrantTypes.AuthorizationCode), ("code", code.Value.Reveal()), ("redirect_uri", asking.Callback!)];
        await Token(asking, asking.Secrets[^1], verifier is null ? form : [.. form, ("code_verifier", verifier)]);
    }

    private Task Authorize(AskingConsumer asking, params (string Name, string Value)[] parameters)
    {
        var query = new QueryBuilder { { "response_type", "code" }, { OAuthParameters.ClientId, asking.Key }, { "code_challenge", new string('A', 43) }, { "code_challenge_method", "S256" } };
        foreach (var (name, value) in parameters)
            query.Add(name, value);

        return Ask(asking, "/oauth/authorize" + query);
    }

    // What a protected API tells of a call that it refused.
    private async Task Report(AskingConsumer asking, string api, string needed)
    {
        var now = clock.GetUtcNow();
        var reporting = (await app.Services.GetRequiredService<IDatabase>().Read(session => ApiStore.Find(session, api)))!;
        await app.Services.GetRequiredService<UsageReports>().Count(
            reporting, new UsageReport(Guid.CreateVersion7(now), null, [new ReportedRefusal(asking.Key, now, $"The access token lacks a permission. Needed: {needed}", needed, asking.Address)]));
    }

    private async Task Ask(AskingConsumer asking, string path, string? form = null, string? secret = null)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Connection.RemoteIpAddress = IPAddress.Parse(asking.Address);
        (http.Request.Scheme, http.Request.Host, http.Request.Method) = ("http", new HostString("localhost"), form is null ? "GET" : "POST");
        var parts = path.Split('?', 2);
        (http.Request.Path, http.Request.QueryString) = (parts[0], new QueryString(parts.Length > 1 ? "?" + parts[1] : ""));
        http.Request.Headers.UserAgent = asking.Agent;
        if (secret is not null)
            http.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{asking.Key}:{secret}"));
        if (form is not null)
        {
            var body = Encoding.ASCII.GetBytes(form);
            (http.Request.ContentType, http.Request.ContentLength, http.Request.Body) = ("application/x-www-form-urlencoded", body.Length, new MemoryStream(body));
        }

        await server(http);
    }
}
