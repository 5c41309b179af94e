using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>Rotation, withdrawal, outages of the issuer, and strangers who name keys that do not exist.</summary>
public sealed class KeysTests
{
    [Fact, Trait("Rfc", "7517 s5")]
    public async Task A_new_key_works_at_the_first_try_and_the_old_one_goes_on()
    {
        await using var api = await ProtectedApi.Start();
        var before = api.Token();
        (await api.Get("/any", before)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var next = new IssuerKey("key-2");
        api.Issuer.Published.Add(next);
        api.Clock!.Advance(TimeSpan.FromSeconds(2));

        (await api.Get("/any", api.Token(key: next))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await api.Get("/any", before)).StatusCode.ShouldBe(HttpStatusCode.OK);
        api.Issuer.Fetches.ShouldBe(2);
    }

    [Fact, Trait("Rfc", "7517 s5")]
    public async Task A_withdrawn_key_ends_its_tokens_also_those_seen_before()
    {
        await using var api = await ProtectedApi.Start();
        var gone = api.Issuer.Published[0];
        var token = api.Token(claims => claims["exp"] = api.Now.ToUnixTimeSeconds() + 7200);
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);

        api.Issuer.Published[0] = new IssuerKey("key-2");
        await api.RefreshKeys();

        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", api.Token(key: gone))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_exchanged_under_the_same_id_ends_the_tokens_of_the_former()
    {
        await using var api = await ProtectedApi.Start();
        var token = api.Token(claims => claims["exp"] = api.Now.ToUnixTimeSeconds() + 7200);
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);

        api.Issuer.Published[0] = new IssuerKey("key-1");
        await api.RefreshKeys();

        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_thousand_tokens_that_name_unknown_keys_cause_one_extra_fetch_a_second()
    {
        await using var api = await ProtectedApi.Start(realTime: true);
        var good = api.Token();
        await Task.Delay(1100);
        var before = api.Issuer.Fetches;
        var watch = Stopwatch.StartNew();

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            using var response = await api.Get("/any", api.Token(header: StandInIssuer.Header(new IssuerKey("random-" + i))));
            return response.StatusCode;
        }));

        answers.ShouldAllBe(status => status == HttpStatusCode.Unauthorized);
        (api.Issuer.Fetches - before).ShouldBeInRange(1, (int)watch.Elapsed.TotalSeconds + 2);
        (await api.Get("/any", good)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task While_a_fetch_hangs_known_keys_serve_at_once_and_unknown_ones_are_refused_soon()
    {
        await using var api = await ProtectedApi.Start(realTime: true);
        await Task.Delay(1100);
        api.Issuer.Misbehave = http => Task.Delay(Timeout.Infinite, http.RequestAborted);
        var watch = Stopwatch.StartNew();

        var unknown = api.Get("/any", api.Token(header: StandInIssuer.Header(new IssuerKey("unknown"))));
        (await api.Get("/any", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        watch.ElapsedMilliseconds.ShouldBeLessThan(1000);
        (await unknown).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        watch.ElapsedMilliseconds.ShouldBeLessThan(2000);
    }

    [Fact]
    public async Task Without_any_keys_the_answer_is_503_within_two_seconds_and_good_tokens_work_once_they_come()
    {
        await using var api = await ProtectedApi.Start(realTime: true, issuer: issuer => issuer.Misbehave = http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        var token = api.Token();
        var watch = Stopwatch.StartNew();

        var response = await api.Get("/any", token);

        watch.ElapsedMilliseconds.ShouldBeLessThan(2000);
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        response.Challenge().ShouldBeNull();
        (await response.Content.ReadAsStringAsync()).ShouldContain("\"error\":\"temporarily_unavailable\"");
        (await api.Get("/any", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        api.Issuer.Misbehave = null;
        for (var i = 0; i < 80 && (await api.Get("/any", token)).StatusCode != HttpStatusCode.OK; i++)
            await Task.Delay(100);
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_last_good_keys_serve_through_an_outage_until_they_are_too_old()
    {
        await using var api = await ProtectedApi.Start();
        var token = api.Token(claims => claims["exp"] = api.Now.ToUnixTimeSeconds() + 86_400);
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        api.Issuer.Misbehave = Status(503);

        for (var i = 0; i < 5; i++)
        {
            var fetches = api.Issuer.Fetches;
            api.Clock!.Advance(TimeSpan.FromMinutes(6));
            await api.Until(() => api.Issuer.Fetches > fetches && api.Log.Lines.Any(line => line.Contains("Cannot fetch")));
            (await api.Get("/any", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        api.Log.Lines.Count(line => line.Contains("Cannot fetch")).ShouldBe(1);
        api.Clock!.Advance(TimeSpan.FromHours(2));
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await api.Get("/any", api.Token())).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        api.Issuer.Misbehave = null;
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await api.Until(() => api.Log.Lines.Any(line => line.Contains("fetched again")));
        api.Log.Lines.Count(line => line.Contains("fetched again")).ShouldBe(1);
    }

    [Theory]
    [InlineData("nonsense"), InlineData("{}"), InlineData("null"), InlineData("""{"keys":null}"""), InlineData("""{"keys":7}"""), InlineData("oversized"), InlineData("redirect"), InlineData("500")]
    [InlineData("twice")]
    public async Task A_document_that_is_no_key_set_changes_nothing(string document)
    {
        await using var stranger = await StandInIssuer.Start();
        await using var api = await ProtectedApi.Start();
        api.Issuer.Misbehave = document switch
        {
            "oversized" => http => http.Response.WriteAsync("""{"keys":[],"x":" """ + new string(' ', 300_000) + "\"}"),
            "redirect" => http =>
            {
                http.Response.Redirect(stranger.Address + "/.well-known/jwks.json");
                return Task.CompletedTask;
            }
            ,
            "500" => Status(500),
            "twice" => http => http.Response.WriteAsync($$"""{"keys":[{{api.Issuer.Published[0].Public().ToJsonString()}},{{new IssuerKey("key-1").Public().ToJsonString()}}]}"""),
            _ => http => http.Response.WriteAsync(document),
        };
        api.Clock!.Advance(TimeSpan.FromMinutes(6));
        await api.Until(() => api.Log.Lines.Any(line => line.Contains("Cannot fetch")));

        api.Log.Lines.ShouldContain(line => line.Contains("Cannot fetch"));
        (await api.Get("/any", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        stranger.Fetches.ShouldBe(0);
    }

    [Fact, Trait("Rfc", "7517 s5")]
    public async Task Keys_of_other_kinds_in_the_set_are_left_out_and_do_no_harm()
    {
        var good = new IssuerKey("good");
        var offCurve = new IssuerKey("off-curve").Public();
        offCurve["x"] = good.Public()["x"]!.GetValue<string>();
        var encryption = new IssuerKey("encryption").Public();
        encryption["use"] = "enc";
        var nameless = new IssuerKey("x").Public();
        nameless.Remove("kid");
        await using var api = await ProtectedApi.Start(issuer: issuer => issuer.Misbehave = http => http.Response.WriteAsync(new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject { ["kty"] = "RSA", ["kid"] = "rsa", ["n"] = "AQAB", ["e"] = "AQAB" },
                new JsonObject { ["kty"] = "oct", ["kid"] = "oct", ["k"] = "AAAA" },
                offCurve, encryption, nameless, null, new JsonObject(), good.Public()),
        }.ToJsonString()));
        var keys = api.Services.GetRequiredService<IssuerKeys>();
        await api.Until(() => keys.Current is not null);

        (await api.Get("/any", api.Token(header: StandInIssuer.Header(good), key: good))).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var id in new[] { "rsa", "oct", "off-curve", "encryption" })
            keys.Current!.Find(id).ShouldBeNull();
    }

    private static Func<HttpContext, Task> Status(int status) => http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };
}
