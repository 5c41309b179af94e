using System.Net;
using System.Text;
using System.Text.Json;
using ApiConnections.Tests.ResourceServer.Support;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Usage;

/// <summary>What protected APIs report of the use of their tokens.</summary>
public sealed class UsageTests
{
    // Five seconds are promised.
    private static readonly TimeSpan reported = TimeSpan.FromSeconds(15);

    [Theory, Engines]
    public async Task A_report_counts_once_however_often_it_arrives(On engine)
    {
        await using var here = await World.New(engine);
        var at = here.Installation.Clock.GetUtcNow();
        var report = Report(Guid.CreateVersion7(), [new { id = here.Authorization, at = at.AddSeconds(-20), ip = "192.0.2.7", count = 3 }, new { id = here.Authorization, at = at.AddSeconds(-10), ip = "192.0.2.8", count = 4 }],
            [new { client_id = here.Consumer.Key, at, reason = "The access token lacks a permission.", needed = "assets:add", ip = "192.0.2.9" }]);

        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => here.Post(report))))
            answer.Status.ShouldBe(HttpStatusCode.NoContent);

        var listed = (await here.Installation.Do("authorization", "list")).EnumerateArray().Single();
        listed.GetProperty("uses").GetInt64().ShouldBe(7);
        listed.GetProperty("last_accessed_ip").GetString().ShouldBe("192.0.2.8");
        listed.GetProperty("last_accessed_at").GetDateTimeOffset().ToUnixTimeMilliseconds().ShouldBe(at.AddSeconds(-10).ToUnixTimeMilliseconds());
        var request = (await here.Installation.Do("consumer", "requests", here.Consumer.Key)).EnumerateArray().Single();
        request.GetProperty("endpoint").GetString().ShouldBe("api");
        request.GetProperty("outcome").GetString().ShouldBe("insufficient_scope");
        request.GetProperty("expected").GetString().ShouldBe("assets:add");
        request.GetProperty("count").GetInt64().ShouldBe(1);
        request.GetProperty("ip").GetString().ShouldBe("192.0.2.9");

        // The same batch of another API is another batch.
        (await here.Post(report, await here.Installation.Api())).Status.ShouldBe(HttpStatusCode.NoContent);
        (await here.Uses()).ShouldBe(14);
    }

    [Theory, Engines]
    public async Task An_api_of_one_company_reports_of_that_company_alone(On engine)
    {
        await using var here = await World.New(engine);
        await here.Installation.Do("company", "create", "Other");
        var other = await here.Installation.Api("Other");
        var (at, refusals) = (here.Installation.Clock.GetUtcNow(), new object[] { new { client_id = here.Consumer.Key, at = here.Installation.Clock.GetUtcNow(), reason = "expired" }, new { client_id = "nobody", at = here.Installation.Clock.GetUtcNow(), reason = "x" }, new { client_id = "no\0body", at = here.Installation.Clock.GetUtcNow(), reason = "\0" } });
        object[] uses = [new { id = here.Authorization, at, ip = "", count = 1 }, new { id = Guid.CreateVersion7(), at, ip = "nonsense", count = 1 }];

        (await here.Post(Report(Guid.CreateVersion7(), uses, refusals), other)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await here.Uses()).ShouldBe(0);
        (await here.Installation.Count("request_log")).ShouldBe(0);

        (await here.Post(Report(Guid.CreateVersion7(), uses, refusals), await here.Installation.Api("Acme"))).Status.ShouldBe(HttpStatusCode.NoContent);
        (await here.Uses()).ShouldBe(1);
        (await here.Installation.Count("request_log")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task What_is_no_report_is_refused_and_counts_nothing(On engine)
    {
        await using var here = await World.New(engine);
        var at = here.Installation.Clock.GetUtcNow();
        var (batch, use) = (Guid.CreateVersion7(), new { id = here.Authorization, at, ip = "", count = 1L });
        foreach (var wrong in new[]
        {
            "", "null", "[]", "{", "{}", "\"x\"", """{"batch":"x"}""", """{"batch":null}""", $$"""{"batch":"{{batch}}","batch":"{{batch}}"}""",
            Report(Guid.Empty, [use], []), Report(batch, [new { id = here.Authorization, at, count = 0 }], []), Report(batch, [new { id = here.Authorization, at, count = -1 }], []),
            Report(batch, [new { id = here.Authorization, at, count = long.MaxValue }], []), Report(batch, [new { id = "x", at, count = 1 }], []), Report(batch, [new { id = here.Authorization, at = "yesterday", count = 1 }], []),
            Report(batch, [new { id = here.Authorization, count = 1 }], []), Report(batch, [null!], []), Report(batch, [], [new { client_id = here.Consumer.Key, at }]), Report(batch, [], [new { at, reason = "x" }]),
            Report(batch, [.. Enumerable.Repeat(use, 600)], [.. Enumerable.Repeat(new { client_id = here.Consumer.Key, at, reason = "x" }, 401)]), new string('[', 100) + new string(']', 100),
        })
        {
            var answer = await here.Post(wrong);
            answer.Status.ShouldBe(HttpStatusCode.BadRequest, wrong[..Math.Min(200, wrong.Length)]);
            answer.Error.ShouldBe("invalid_request");
        }

        (await here.Post(Report(batch, [use], []) + new string(' ', 600 * 1024))).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await here.Post(Report(batch, [use], []), type: "text/plain")).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await here.Node.Http.GetAsync("/oauth/usage")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        foreach (var nobody in new[] { here.Api with { Secret = "wrong" }, here.Api with { Key = here.Consumer.Key, Secret = here.Consumer.Secret } })
        {
            var answer = await here.Post(Report(batch, [use], []), nobody);
            answer.Status.ShouldBe(HttpStatusCode.Unauthorized);
            answer.Headers["WWW-Authenticate"].ShouldStartWith("Basic ");
        }

        (await here.Uses()).ShouldBe(0);
        (await here.Installation.Count("usage_batches")).ShouldBe(0);

        // A whole thousand is a report, also where each entry is as long as it gets.
        (await here.Post(Report(batch, [.. Enumerable.Repeat(new { id = here.Authorization, at = at.AddMinutes(5), ip = "2001:db8:1111:2222:3333:4444:5555:6666", count = 1L }, 1000)], []))).Status.ShouldBe(HttpStatusCode.NoContent);
        (await here.Uses()).ShouldBe(1000);
        // The clock of that API is ahead: an entry is never later than it came.
        (await here.Installation.Do("authorization", "list"))[0].GetProperty("last_accessed_at").GetDateTimeOffset().ShouldBeLessThanOrEqualTo(here.Installation.Clock.GetUtcNow());
    }

    [Theory, OnlyPostgres]
    public async Task A_report_that_cannot_be_stored_is_answered_503_and_counts_when_it_comes_again(On engine)
    {
        await using var here = await World.New(engine, proxied: true);
        var report = Report(Guid.CreateVersion7(), [new { id = here.Authorization, at = here.Installation.Clock.GetUtcNow(), ip = "", count = 2 }], []);

        here.Proxy!.Cut();
        var refused = await here.Post(report);
        refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Error.ShouldBe("temporarily_unavailable");

        here.Proxy.Restore();
        await Within(TimeSpan.FromSeconds(9), async () => (await here.Post(report)).Status == HttpStatusCode.NoContent, "it is taken");
        (await here.Uses()).ShouldBe(2);
    }

    [Theory, Engines]
    public async Task Batches_are_forgotten_after_a_day(On engine)
    {
        await using var here = await World.New(engine);
        (await here.Post(Report(Guid.CreateVersion7(), [], []))).Status.ShouldBe(HttpStatusCode.NoContent);
        await using var database = here.Installation.Database();
        var pruning = new Server.Access.Pruning(database, here.Installation.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<Server.Access.Pruning>.Instance);

        here.Installation.Clock.Advance(TimeSpan.FromHours(23));
        await pruning.Prune(CancellationToken.None);
        (await here.Installation.Count("usage_batches")).ShouldBe(1);
        here.Installation.Clock.Advance(TimeSpan.FromHours(2));
        await pruning.Prune(CancellationToken.None);
        (await here.Installation.Count("usage_batches")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task The_library_reports_what_was_used_and_refused_and_catches_up_after_an_outage(On engine)
    {
        await using var here = await World.New(engine);
        await using var proxy = TcpProxy.Before(here.Node);
        await using var api = await ListeningApi.Start(here.Node, here.Api, options => options.Addresses = [proxy.Address]);
        var token = (await here.Node.Token(here.Consumer, ("resource", here.Api.Audience))).AccessToken!;
        await Within(reported, async () => await here.Uses() == 1, "the token that was issued");

        for (var i = 0; i < 5; i++)
            (await api.Status(token)).ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 2; i++)
            (await api.Status(token, "/add")).ShouldBe(HttpStatusCode.Forbidden);
        await Within(reported, async () => await here.Uses() == 6, "the uses");
        await Within(reported, async () => await here.Refusals("insufficient_scope") == 2, "the refusals");

        proxy.Cut();
        for (var i = 0; i < 3; i++)
            (await api.Status(token)).ShouldBe(HttpStatusCode.OK);
        await Task.Delay(2500); // it is tried in vain
        (await here.Uses()).ShouldBe(6);
        proxy.Restore();
        await Within(reported, async () => await here.Uses() == 9, "what was used meanwhile");

        await here.Installation.Do("consumer", "revoke-tokens", here.Consumer.Key);
        await Within(reported, async () => await api.Status(token) == HttpStatusCode.Unauthorized, "revoked");
        await Within(reported, async () => await here.Refusals("invalid_token") >= 1, "and reported");
    }

    private static string Report(Guid batch, object[] authorizations, object[] refusals) => JsonSerializer.Serialize(new { batch, authorizations, refusals });

    private sealed class World : IAsyncDisposable
    {
        public required Installation Installation { get; init; }

        public required Node Node { get; init; }

        public required TestApi Api { get; init; }

        public required TestConsumer Consumer { get; init; }

        public required Guid Authorization { get; init; }

        public PostgresProxy? Proxy { get; init; }

        public static async Task<World> New(On engine, bool proxied = false)
        {
            var installation = await Installation.New(engine);
            var (api, consumer) = (await installation.Api(), await installation.Consumer());
            var proxy = proxied ? PostgresProxy.Before(installation) : null;
            return new World
            {
                Installation = installation,
                Api = api,
                Consumer = consumer,
                Proxy = proxy,
                Authorization = Guid.Parse((await installation.Do("authorization", "list"))[0].GetProperty("id").GetString()!),
                Node = proxy is null ? await installation.Start() : await installation.Start(settings: proxy.Setting),
            };
        }

        public async Task<TokenAnswer> Post(string report, TestApi? api = null, string type = "application/json")
        {
            using var content = new StringContent(report, Encoding.UTF8, type);
            return await Node.Send(content, Node.Basic((api ?? Api).Key, (api ?? Api).Secret), "/oauth/usage");
        }

        public async Task<long> Uses() => await Installation.Read(session => session.Value<long?>("select sum(uses) from authorization_activity")) ?? 0;

        public async Task<long> Refusals(string outcome) =>
            await Installation.Read(session => session.Value<long?>("select sum(uses) from request_log where endpoint = 'api' and outcome = @outcome", new { outcome })) ?? 0;

        public async ValueTask DisposeAsync()
        {
            await Installation.DisposeAsync();
            if (Proxy is not null)
                await Proxy.DisposeAsync();
        }
    }
}
