using System.Net;
using System.Net.Http.Headers;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Samples;

/// <summary>APIs in other languages, on stock JWT libraries, that follow the revocation feed.</summary>
[Rfc("9068 s4", "6750 s3")]
public sealed class SampleApiTests
{
    private const string Audience = "https://sample.test";

    [Theory]
    [InlineData("node")]
    [InlineData("python")]
    public async Task An_API_in_another_language_lets_in_what_is_good_and_refuses_what_is_revoked_within_a_second(string language)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var api = await installation.ApiFor(Audience);
        await using var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (revoked, other) = (await Device(), await Device());
        var less = await node.Connect(installation, app, person, new() { Audience = Audience, Scope = "assets:view" });
        await using var program = Start(language, node.Issuer, api, out var address);
        using var http = new HttpClient { BaseAddress = address };

        await Support.Should.Within(TimeSpan.FromSeconds(30), async () => await Get(http, revoked.AccessToken) == HttpStatusCode.OK, "the API has heard the feed");
        (await Get(http, null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Get(http, revoked.AccessToken + "x")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Get(http, less.AccessToken)).ShouldBe(HttpStatusCode.Forbidden);

        (await node.Revoke(installation, app, revoked.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);

        // Promised: one second.
        await Support.Should.Within(TimeSpan.FromSeconds(3), async () => await Get(http, revoked.AccessToken) == HttpStatusCode.Unauthorized, "the API refuses the revoked token");
        (await Get(http, other.AccessToken)).ShouldBe(HttpStatusCode.OK);

        // It does not hear any more; promised: five seconds.
        await node.Stop();
        await Support.Should.Within(TimeSpan.FromSeconds(15), async () => await Get(http, other.AccessToken) == HttpStatusCode.ServiceUnavailable, "the API says that it cannot know");

        Task<TokenAnswer> Device() => node.Connect(installation, app, person, new() { Audience = Audience });
    }

    private static ChildProcess Start(string language, string issuer, TestConsumer api, out Uri address)
    {
        var (program, file) = language == "node" ? ("node", "api.js") : ("/usr/bin/python3", "api.py");
        var port = Node.FreePort();
        address = new Uri($"http://127.0.0.1:{port}");
        return ChildProcess.Start(program, [Path.Combine(Repository.Root, "samples", "apis", language, file)], new Dictionary<string, string>
        {
            ["ISSUER"] = issuer,
            ["AUDIENCE"] = Audience,
            ["API_KEY"] = api.Key,
            ["API_SECRET"] = api.Secret,
            ["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
    }

    private static async Task<HttpStatusCode?> Get(HttpClient http, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/work_orders");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null; // it does not listen yet
        }
    }
}
