using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ApiConnections.Server.Telemetry;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Telemetry;

/// <summary>What reaches a collector of OpenTelemetry, what never does, and that nobody waits for one.</summary>
public sealed class TelemetryTests
{
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(20);

    [Theory, Engines]
    public async Task A_collector_hears_of_every_metric_and_of_the_trace_of_a_token_request(On engine)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var api = await installation.ApiFor("https://heard.test");
        await using var server = await ServerProcess.Start(installation, variables: [.. collector.Variables, ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"), ("OTEL_SERVICE_NAME", "our-access")]);
        using var listening = await Listen(server, api);

        for (var i = 0; i < 3; i++)
            (await Ask(server, consumer, "client_credentials")).ShouldBe(HttpStatusCode.OK);
        (await Ask(server, consumer with { Secret = "wrong" }, "client_credentials")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Ask(server, consumer, "password")).ShouldBe(HttpStatusCode.BadRequest);
        (await server.Http.GetAsync("/nowhere/" + consumer.Key)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        await Support.Should.Within(soon, () => Task.FromResult(Instruments.All.All(metric => collector.Value(metric.Name) is not null)), "every metric arrives");
        await Support.Should.Within(soon, () => Task.FromResult(collector.Value("api_connections.tokens") == 5), "all requests are counted");
        // It is counted after its answer, and may be in the next transmission.
        await Support.Should.Within(soon, () => Task.FromResult(collector.Value("api_connections.request.duration", ("http.route", "none"), ("http.response.status_code", "404")) is not null), "so is the last");
        collector.Value("api_connections.tokens", ("grant_type", "client_credentials"), ("outcome", "ok")).ShouldBe(3);
        collector.Value("api_connections.tokens", ("grant_type", "client_credentials"), ("outcome", "invalid_client")).ShouldBe(1);
        collector.Value("api_connections.tokens", ("grant_type", "other"), ("outcome", "unsupported_grant_type")).ShouldBe(1);
        collector.Value("api_connections.request.duration", ("http.route", "/oauth/token"), ("http.response.status_code", "200")).ShouldBe(3);
        collector.Value("api_connections.request.duration", ("http.route", "none"), ("http.response.status_code", "404")).ShouldBe(1);
        collector.Value("api_connections.request.duration", ("http.route", "/oauth/revocations")).ShouldBeNull("it stays open");
        collector.Value("api_connections.feed.listeners").ShouldBe(1);
        collector.Value("api_connections.feed.lag")!.Value.ShouldBeInRange(0, 5);
        collector.Value("api_connections.changes.age")!.Value.ShouldBeInRange(0, 60);
        collector.Value("api_connections.database.duration", ("operation", "read"), ("outcome", "ok")).ShouldNotBeNull().ShouldBeGreaterThan(0);
        collector.Value("api_connections.database.duration", ("operation", "write"), ("outcome", "ok")).ShouldNotBeNull().ShouldBeGreaterThan(0);
        collector.Value("api_connections.cache.lookups", ("cache", "consumers"), ("result", "miss")).ShouldBe(1);
        collector.Value("api_connections.cache.lookups", ("cache", "consumers"), ("result", "hit")).ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(2);
        foreach (var queue in new[] { "refresh", "code", "consent", "request_log", "uses" })
            collector.Value("api_connections.queue.length", ("queue", queue)).ShouldNotBeNull(queue);

        await Support.Should.Within(soon, () => Task.FromResult(collector.Spans.Count(span => span.Name == "POST /oauth/token") == 5), "traces arrive");
        var first = collector.Spans.First(span => span.Name == "POST /oauth/token");
        first.Parent.ShouldBeEmpty();
        first.Tags.ShouldBe(new Dictionary<string, string>
        {
            ["api_connections.grant_type"] = "client_credentials",
            ["api_connections.outcome"] = "ok",
            ["http.request.method"] = "POST",
            ["http.route"] = "/oauth/token",
            ["http.response.status_code"] = "200",
        }, ignoreOrder: true);
        collector.Spans.ShouldContain(span => span.Trace == first.Trace && span.Name == "database read", "the first one read the consumer");
        collector.Everything.ShouldContain("deployment.environment.name");
        collector.Everything.ShouldContain("our-access");
        HoldsNone(collector, [consumer.Key, consumer.Secret, consumer.Name, api.Key, api.Secret, "Acme", "wrong", "eyJ", "nowhere", "password", "127.0.0.1"]);
    }

    [Theory, Engines]
    public async Task No_trace_holds_anything_personal_or_secret_whatever_was_asked(On engine)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: collector.Settings);
        var (consumer, app, api) = (await installation.Consumer(), await installation.App(), await installation.ApiFor("https://api.secret.test"));
        var login = await installation.Login();
        var person = await node.Person();
        var (code, replayed) = (await node.Code(installation, app, person), await node.Code(installation, app, person));
        var device = await node.Redeem(installation, app, code);
        var machine = await node.Token(consumer);
        var refreshed = await node.Refresh(installation, app, device.RefreshToken);
        await node.Introspect(installation, api, machine.AccessToken);
        await node.Revoke(installation, app, refreshed.RefreshToken);
        await node.Redeem(installation, app, replayed, ("code_verifier", Apps.NewVerifier()));
        await node.Token(consumer with { Secret = consumer.Secret[..^1] });
        await node.Post([("grant_type", login.Password)], Node.Basic(consumer.Key, consumer.Secret));
        using var browser = node.Browser(installation);
        await browser.Get($"/oauth/authorize?response_type=code&client_id={app.Key}&redirect_uri={Apps.Callback}&state=a-secret-state&login_hint={person.Email}&token={machine.AccessToken}");
        await browser.SignInAs(login);
        await browser.Get("/settings/api-connections/consumers/" + app.Key);
        using var traced = new HttpRequestMessage(HttpMethod.Get, $"/{login.Password}?secret={consumer.Secret}");
        traced.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
        traced.Headers.TryAddWithoutValidation("tracestate", "vendor=" + login.Password);
        traced.Headers.TryAddWithoutValidation("baggage", "mail=" + login.Email);
        traced.Headers.UserAgent.ParseAdd("Probe/" + login.Password);
        await node.Http.SendAsync(traced);

        await Support.Should.Within(soon, () => Task.FromResult(collector.Spans.Any(span => span.Name == "GET none")), "the last one arrives");
        collector.Spans.Single(span => span.Trace == "0af7651916cd43dd8448eb211c80319c").Parent.ShouldBe("b7ad6b7169203331", "the trace is its caller's");
        HoldsNone(
            collector,
            [
                consumer.Key, consumer.Secret, consumer.Name, app.Key, app.Secret, api.Key, api.Secret, login.Email, login.Password, person.Email, person.Name, code.Code, replayed.Code, code.Verifier,
                machine.AccessToken, device.AccessToken, device.RefreshToken, refreshed.AccessToken, refreshed.RefreshToken, "a-secret-state", Apps.Callback, "Probe/", "vendor=", "mail=", "Acme",
                person.Id.ToString(), code.AuthorizationId.ToString(), .. browser.Cookies.GetAllCookies().Select(cookie => cookie.Value),
            ]);
    }

    [Theory]
    [InlineData("refuses")]
    [InlineData("hangs")]
    [InlineData("is broken")]
    public async Task A_collector_that_is_away_holds_nobody_up_and_is_told_of_once(string how)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var broken = await Collector.Start(status: 500);
        var address = how switch { "refuses" => "http://127.0.0.1:1", "hangs" => $"http://{silent.LocalEndpoint}", _ => broken.Address };
        await using var installation = await Installation.New(On.Sqlite);
        var consumer = await installation.Consumer();
        await using var server = await ServerProcess.Start(
            installation, variables: [("OTEL_EXPORTER_OTLP_ENDPOINT", address), ("OTEL_METRIC_EXPORT_INTERVAL", "50"), ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_TRACES_SAMPLER", "always_on")]);

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 300; i++)
            (await Ask(server, consumer, "client_credentials")).ShouldBe(HttpStatusCode.OK);
        (await server.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(10), "one time-out of the exporter");

        start = Stopwatch.GetTimestamp();
        var ended = await server.End(soon);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(6), "it waits a second for the collector");
        ended.Exit.ShouldBe(0);
        var printed = ended.Output + ended.Error;
        if (how != "hangs")
            printed.Split($"The collector at {address} does not take metrics or traces").Length.ShouldBe(2, printed);
        printed.ShouldNotContain(consumer.Secret);
        printed.ShouldNotContain("Exception");
    }

    private static void HoldsNone(Collector collector, IReadOnlyList<string?> secrets)
    {
        var sent = collector.Everything;
        sent.Length.ShouldBeGreaterThan(1000);
        foreach (var secret in secrets.OfType<string>().Where(secret => secret.Length > 0))
            sent.Contains(secret, StringComparison.OrdinalIgnoreCase).ShouldBeFalse("it was sent: " + secret[..Math.Min(6, secret.Length)] + "…");
    }

    private static async Task<HttpStatusCode> Ask(ServerProcess server, TestConsumer consumer, string grantType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = new FormUrlEncodedContent([new("grant_type", grantType)]) };
        request.Headers.Authorization = Node.Basic(consumer.Key, consumer.Secret);
        using var answer = await server.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> Listen(ServerProcess server, TestConsumer api)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/oauth/revocations");
        request.Headers.Authorization = Node.Basic(api.Key, api.Secret);
        var answer = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer;
    }
}
