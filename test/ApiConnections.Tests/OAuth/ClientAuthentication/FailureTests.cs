using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.ClientAuthentication;

/// <summary>Who fails learns nothing, and is slowed down without harm to anybody else.</summary>
public sealed class FailureTests
{
    private const string Grant = "grant_type=client_credentials";

    [Theory, Engines]
    [Rfc("6749 s5.2")]
    public async Task An_unknown_key_and_a_wrong_secret_get_the_same_bytes_for_the_same_reads(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = new CountedReads(installation);
        var node = await installation.Start(database.Use);
        var (fresh, cached) = (await installation.Consumer(), await installation.Consumer());
        var disabled = await installation.Consumer();
        await installation.Do("consumer", "disable", disabled.Key);
        await node.Deafen();
        await node.Token(cached);

        var answers = new Dictionary<string, (string Text, int Reads)>
        {
            ["wrong secret"] = await Ask(fresh.Key, fresh.Secret[..^1] + "!"),
            ["unknown key"] = await Ask("0123456789abcdefghij", fresh.Secret),
            ["wrong secret again"] = await Ask(fresh.Key, "acs_" + fresh.Secret[5..]),
            ["unknown key again"] = await Ask("0123456789abcdefghij", fresh.Secret),
            ["cached"] = await Ask(cached.Key, "wrong"),
            ["disabled"] = await Ask(disabled.Key, disabled.Secret),
        };

        answers.Values.Select(answer => answer.Text).Distinct().ShouldHaveSingleItem().ShouldContain("401 Unauthorized");
        answers["unknown key"].Reads.ShouldBe(answers["wrong secret"].Reads);
        answers["unknown key again"].Reads.ShouldBe(answers["wrong secret again"].Reads);
        answers["unknown key"].Reads.ShouldBe(2);
        answers["unknown key again"].Reads.ShouldBe(0);

        async Task<(string, int)> Ask(string key, string secret)
        {
            var text = "";
            var reads = await database.Count(async () => text = await Raw(node, Wire.Form(Grant, Wire.BasicHeader($"{key}:{secret}"))));
            return (text, reads);
        }
    }

    [Fact]
    [Rfc("6819 s4.3.5")]
    public async Task Failures_are_limited_per_key_and_the_right_secret_is_never_kept_out()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(null, ("ApiConnections:ClientAuthentication:FailuresPerMinute", "3"));
        var (consumer, other) = (await installation.Consumer(), await installation.Consumer());
        var wrong = consumer with { Secret = "wrong" };
        for (var i = 0; i < 3; i++)
            (await node.Token(wrong)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");

        var answer = await node.Token(wrong);

        answer.ShouldBeRefused(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        answer.Headers["Retry-After"].ShouldBe("60");
        (await node.Token(other with { Secret = "wrong" })).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        for (var i = 0; i < 50; i++)
            (await node.Token(consumer)).ShouldBeIssued();
        (await node.Token(new TestConsumer("unknown", "wrong", "", ""))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        installation.Clock.Advance(TimeSpan.FromMinutes(1));
        (await node.Token(wrong)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    public async Task Failures_of_an_unknown_key_are_limited_just_so()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(null, ("ApiConnections:ClientAuthentication:FailuresPerMinute", "2"));
        var consumer = await installation.Consumer();

        foreach (var key in new[] { consumer.Key, "0123456789abcdefghij", "\u0001" })
        {
            var answers = new List<HttpStatusCode>();
            for (var i = 0; i < 3; i++)
                answers.Add((await node.Token(new TestConsumer(key, "wrong", "", ""))).Status);
            answers.ShouldBe([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests]);
        }
    }

    [Fact]
    public async Task Failures_from_one_network_are_not_those_of_another_and_only_a_known_proxy_says_which()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(null, ("ApiConnections:ClientAuthentication:FailuresPerMinute", "1"), ("ApiConnections:Http:KnownProxies:0", "127.0.0.1/32"));
        var bound = await installation.Consumer(options: ["--network", "203.0.113.0/24"]);

        (await From("198.51.100.1")).ShouldBe(HttpStatusCode.Unauthorized);
        (await From("198.51.100.1")).ShouldBe(HttpStatusCode.TooManyRequests);
        (await From("198.51.100.2")).ShouldBe(HttpStatusCode.Unauthorized);
        (await From("203.0.113.9, 198.51.100.2")).ShouldBe(HttpStatusCode.TooManyRequests, "the nearest hop counts, not what the caller wrote before it");
        (await From("2001:db8:0:1::1")).ShouldBe(HttpStatusCode.Unauthorized);
        (await From("2001:db8:0:1:ffff::2")).ShouldBe(HttpStatusCode.TooManyRequests, "one /64 is one network");
        (await From("2001:db8:0:2::1")).ShouldBe(HttpStatusCode.Unauthorized);
        (await From("203.0.113.9", bound.Secret)).ShouldBe(HttpStatusCode.OK);
        (await From("203.0.114.9", bound.Secret)).ShouldBe(HttpStatusCode.Unauthorized);

        async Task<HttpStatusCode> From(string forwarded, string secret = "wrong") =>
            (await Wire.Exchange(node, Wire.Form(Grant, Wire.BasicHeader($"{bound.Key}:{secret}"), "X-Forwarded-For: " + forwarded))).ShouldNotBeNull().Status;
    }

    [Fact]
    public async Task Without_a_known_proxy_nobody_chooses_their_address()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(null, ("ApiConnections:ClientAuthentication:FailuresPerMinute", "1"));
        var bound = await installation.Consumer(options: ["--network", "203.0.113.0/24"]);
        var answers = new List<HttpStatusCode>();

        foreach (var header in new[] { "X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 203.0.113.2", "Forwarded: for=203.0.113.3", "X-Real-IP: 203.0.113.4" })
            answers.Add((await Wire.Exchange(node, Wire.Form(Grant, Wire.BasicHeader($"{bound.Key}:{bound.Secret}"), header))).ShouldNotBeNull().Status);

        answers.ShouldBe([HttpStatusCode.Unauthorized, .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 3)]);
    }

    // Everything but the date.
    private static async Task<string> Raw(Node node, string request)
    {
        using var wire = await Wire.Open(node);
        await wire.Send(request);
        var answer = (await wire.Read()).ShouldNotBeNull();
        return wire.LastText.Replace(answer.Headers["Date"], "", StringComparison.Ordinal);
    }
}
