using System.Net;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>The memory of verified tokens.</summary>
public sealed class SeenBeforeTests
{
    [Fact]
    public async Task A_check_of_a_token_seen_before_allocates_nothing()
    {
        await using var api = await ProtectedApi.Start(realTime: true);
        var check = api.Services.GetRequiredService<AccessTokenCheck>();
        var header = "Bearer " + api.Token();
        (await check.Check(header.AsSpan(7), default)).TryGet(out _, out _).ShouldBeTrue();
        Measure(check, header, 20_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var good = Measure(check, header, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        good.ShouldBe(10_000);
        allocated.ShouldBe(0);
    }

    [Fact]
    public async Task Tokens_asked_for_again_outlive_many_that_are_seen_once_and_memory_stays_bounded()
    {
        await using var api = await ProtectedApi.Start();
        var verified = await VerifiedToken(api);
        var tokens = new VerifiedTokens(1000);
        var kept = "kept-" + new string('k', 40);
        tokens.Add(kept, verified);
        var seenOnce = Enumerable.Range(0, 20_000).Select(i => $"once-{i:D8}").ToList();
        foreach (var text in seenOnce)
        {
            tokens.Add(text, verified);
            tokens.TryGet(kept, out _).ShouldBeTrue();
        }

        seenOnce.Count(text => tokens.TryGet(text, out _)).ShouldBeInRange(250, 1000);
    }

    [Fact]
    public async Task Many_threads_at_once_stay_within_the_bound()
    {
        await using var api = await ProtectedApi.Start();
        var verified = await VerifiedToken(api);
        var tokens = new VerifiedTokens(1000);

        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                tokens.Add($"{worker}-{i:D8}", verified);
                tokens.TryGet($"{worker}-{i / 2:D8}", out _);
            }
        });

        Enumerable.Range(0, 8).Sum(worker => Enumerable.Range(0, 20_000).Count(i => tokens.TryGet($"{worker}-{i:D8}", out _))).ShouldBeInRange(1, 2000);
    }

    [Fact]
    public async Task A_refused_token_is_not_remembered_and_a_longer_or_shorter_text_is_another_token()
    {
        await using var api = await ProtectedApi.Start();
        var token = api.Token();
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await api.Get("/any", "A" + token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", token[1..])).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", token[^40..])).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var forged = token.Split('.')[0] + "." + token.Split('.')[1].Replace('J', 'K') + "." + token.Split('.')[2];
        (await api.Get("/any", forged)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", forged)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static int Measure(AccessTokenCheck check, string header, int rounds)
    {
        var good = 0;
        for (var i = 0; i < rounds; i++)
        {
            var outcome = check.Check(header.AsSpan(7), default);
            if (outcome.IsCompletedSuccessfully && outcome.Result.TryGet(out _, out _))
                good++;
        }

        return good;
    }

    private static async Task<AccessToken> VerifiedToken(ProtectedApi api)
    {
        (await api.Services.GetRequiredService<AccessTokenCheck>().Check(api.Token(), default)).TryGet(out var token, out _).ShouldBeTrue();
        return token!;
    }
}
