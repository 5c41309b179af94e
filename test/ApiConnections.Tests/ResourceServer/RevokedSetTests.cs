using System.Text.Json;
using System.Text.Json.Nodes;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>Which tokens an entry kills, and when an entry may be forgotten.</summary>
public sealed class RevokedSetTests
{
    private const string Company = "0197a000-0000-7000-8000-000000000001";
    private const string Authorization = "0197a000-0000-7000-8000-000000000002";
    private const string User = "0197a000-0000-7000-8000-000000000003";
    private const string Family = "0197a000-0000-7000-8000-000000000004";
    private const string Other = "0197a000-0000-7000-8000-000000000009";

    [Theory]
    [InlineData("authorization", Authorization, null, true)]
    [InlineData("authorization", Other, null, false)]
    [InlineData("family", Family, null, true)]
    [InlineData("family", Other, null, false)]
    [InlineData("token", "the jti", null, true)]
    [InlineData("token", "another jti", null, false)]
    [InlineData("key", "the kid", null, true)]
    [InlineData("key", "another kid", null, false)]
    [InlineData("company", Company, 3L, false)]
    [InlineData("company", Company, 4L, true)]
    [InlineData("company", Other, 9L, false)]
    [InlineData("consumer", "app", 5L, false)]
    [InlineData("consumer", "app", 6L, true)]
    [InlineData("consumer", "another", 9L, false)]
    [InlineData("user", User, 7L, false)]
    [InlineData("user", User, 8L, true)]
    [InlineData("user", Other, 9L, false)]
    public void An_entry_kills_the_tokens_of_its_subject_below_its_generation(string kind, string subject, long? generation, bool dead)
    {
        var set = new RevokedSet();

        set.Add(1, kind, subject, generation).ShouldBeTrue();

        set.Holds(Token()).ShouldBe(dead);
    }

    [Fact]
    public void A_program_is_not_taken_for_the_person_of_the_same_name_and_unknown_kinds_are_told_apart()
    {
        var set = new RevokedSet();
        set.Add(1, "user", User, 9).ShouldBeTrue();
        set.Add(2, "planet", User, 9).ShouldBeFalse();
        set.Add(3, "authorization", "no id", null).ShouldBeFalse();
        set.Count.ShouldBe(1);
        set.Holds(Token(program: true)).ShouldBeFalse();
    }

    [Fact]
    public void A_lower_generation_that_comes_later_takes_nothing_back()
    {
        var set = new RevokedSet();
        set.Add(10, "consumer", "app", 6);
        set.Add(9, "consumer", "app", 2);

        set.Holds(Token()).ShouldBeTrue();
    }

    [Fact]
    public void Entries_are_forgotten_at_the_horizon_and_not_before_and_never_where_a_later_one_says_the_same()
    {
        var set = new RevokedSet();
        set.Add(5, "consumer", "app", 6);
        set.Add(6, "token", "other", null);
        set.Add(7, "consumer", "app", 7);

        set.ForgetUpTo(4);
        (set.Count, set.Holds(Token())).ShouldBe((3, true));
        set.ForgetUpTo(6);
        (set.Count, set.Holds(Token())).ShouldBe((1, true));
        set.ForgetUpTo(7);
        (set.Count, set.Holds(Token())).ShouldBe((0, false));
    }

    [Fact]
    public async Task A_check_of_a_token_seen_before_allocates_nothing_with_a_hundred_thousand_entries_held()
    {
        await using var api = await ProtectedApi.Start(configure: options => (options.ApiKey, options.ApiSecret) = ("key", "secret"));
        var revocations = api.Services.GetRequiredService<Revocations>();
        for (var i = 1; i <= 100_000; i++)
            revocations.Take(new FeedEvent("revoked", $"x-{i}", i, new FeedEntry("token", $"jti {i}", null, null)));
        revocations.Heard();
        revocations.Count.ShouldBe(100_000);
        var header = "Bearer " + api.Token();
        var check = api.Services.GetRequiredService<AccessTokenCheck>();
        (await check.Check(header.AsSpan(7), default)).TryGet(out var token, out _).ShouldBeTrue();
        var usage = api.Services.GetRequiredService<UsageBook>();
        Measure(check, usage, header, 20_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var good = Measure(check, usage, header, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        good.ShouldBe(10_000);
        allocated.ShouldBe(0);

        // And the next entry that is about it is heeded, also for a token found alive a moment ago.
        revocations.Take(new FeedEvent("revoked", "x-100001", 100_001, new FeedEntry("authorization", token!.AuthorizationId.ToString(), null, null)));
        (await check.Check(header.AsSpan(7), default)).TryGet(out _, out var refusal).ShouldBeFalse();
        refusal!.Error.Code.ShouldBe("invalid_token");
    }

    [Fact]
    public async Task A_snapshot_counts_while_it_comes_and_takes_the_place_of_what_was_held_when_it_is_whole()
    {
        await using var api = await ProtectedApi.Start(configure: options => (options.ApiKey, options.ApiSecret) = ("key", "secret"));
        var revocations = api.Services.GetRequiredService<Revocations>();
        FeedEvent Revoked(long sequence, string jti) => new("revoked", $"x-{sequence}", sequence, new FeedEntry("token", jti, null, null));
        FeedEvent Plain(string name, long sequence) => new(name, $"x-{sequence}", sequence, new FeedEntry(null, null, null, null));
        revocations.Take(Revoked(1, "the jti"));
        revocations.IsRevoked(Token()).ShouldBeTrue();

        revocations.Take(Plain("reset", 0)).ShouldBeFalse();
        revocations.Take(Revoked(2, "another jti")).ShouldBeFalse();
        revocations.Take(Plain("heartbeat", 2)).ShouldBeFalse();
        revocations.IsRevoked(Token()).ShouldBeTrue();
        revocations.Count.ShouldBe(2);

        revocations.Take(Plain("ready", 2)).ShouldBeTrue();
        revocations.IsRevoked(Token()).ShouldBeFalse();
        revocations.Count.ShouldBe(1);
        revocations.LastEventId.ShouldBe("x-2");
        revocations.Take(Plain("heartbeat", 2)).ShouldBeTrue();
        revocations.IsStale.ShouldBeTrue();
    }

    private static int Measure(AccessTokenCheck check, UsageBook usage, string header, int times)
    {
        var good = 0;
        for (var i = 0; i < times; i++)
        {
            var outcome = check.Check(header.AsSpan(7), default);
            if (outcome.IsCompletedSuccessfully && outcome.Result.TryGet(out var token, out _))
            {
                usage.Used(token, System.Net.IPAddress.Loopback);
                good++;
            }
        }

        return good;
    }

    private static AccessToken Token(bool program = false)
    {
        var claims = new JsonObject
        {
            ["iss"] = "https://id.example",
            ["sub"] = program ? "consumer:app" : User,
            ["client_id"] = "app",
            ["iat"] = 1,
            ["exp"] = 2,
            ["jti"] = "the jti",
            ["scope"] = "assets:view",
            ["company"] = Company,
            ["authorization_id"] = Authorization,
            ["gen"] = program ? new JsonArray(3, 5) : new JsonArray(3, 5, 7),
        };
        if (!program)
            claims["family_id"] = Family;

        AccessTokenPayload.Read(StandInIssuer.Encode(JsonSerializer.Serialize(claims)))!.ToAccessToken("the kid").TryGet(out var token, out var refusal).ShouldBeTrue(refusal?.Reason);
        return token!;
    }
}
