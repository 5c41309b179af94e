using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ApiConnections.Server.Commands;
using ApiConnections.Server.Telemetry;
using ApiConnections.Tests.Support;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
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

    [Theory]
    [InlineData(null, null)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "")]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    public async Task Nothing_is_sent_where_nobody_asks_for_it(string? name, string? value)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(settings: name is null ? [] : [.. collector.Settings, (name, value)]);
        (await node.Token(await installation.Consumer())).ShouldBeIssued();

        node.App.Services.GetService<MeterProvider>().ShouldBeNull();
        node.App.Services.GetService<TracerProvider>().ShouldBeNull();
        await node.Stop();
        collector.Everything.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("always_off", null, 0)]
    [InlineData("traceidratio", "0", 0)]
    [InlineData("traceidratio", "1", 20)]
    [InlineData("parentbased_traceidratio", "0", 0)]
    public async Task Which_requests_are_traced_is_the_operators_choice_and_never_the_callers(string sampler, string? ratio, int traced)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(On.Sqlite);
        await using var server = await ServerProcess.Start(
            installation, variables: [.. collector.Variables, ("OTEL_TRACES_SAMPLER", sampler), .. ratio is null ? Array.Empty<(string, string)>() : [("OTEL_TRACES_SAMPLER_ARG", ratio)]]);
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/jwks.json");
            request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            (await server.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        // What is left is sent at the end.
        await server.End(soon);
        collector.Spans.Count(span => span.Name.EndsWith("/jwks.json", StringComparison.Ordinal)).ShouldBe(traced);
        collector.Value("api_connections.request.duration", ("http.route", "/.well-known/jwks.json")).ShouldBe(20);
    }

    [Fact]
    public async Task By_default_the_first_ten_requests_of_a_second_are_traced()
    {
        var sampling = new TraceSampling(TraceSampler.SomeEverySecond, 1);
        var start = Environment.TickCount64;
        var taken = 0;
        await Parallel.ForAsync(0, 2000, (_, _) =>
        {
            if (sampling.Takes())
                Interlocked.Increment(ref taken);
            return ValueTask.CompletedTask;
        });

        taken.ShouldBeGreaterThanOrEqualTo(10);
        taken.ShouldBeLessThanOrEqualTo(11 * (2 + (int)((Environment.TickCount64 - start) / 1000)));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318?key=hunter2")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "nowhere")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nowhere")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "hunter2")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0")]
    [InlineData("OTEL_TRACES_SAMPLER", "jaeger_remote")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "2")]
    public async Task A_wrong_setting_stops_the_start_and_is_not_repeated(string name, string value)
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        installation.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
        installation.Settings[name] = value;

        var result = await installation.Run("serve");

        result.Exit.ShouldBe(1);
        result.Error.ShouldStartWith(name + ": ");
        result.Error.TrimEnd().ShouldNotContain("\n");
        result.Error.ShouldNotContain("hunter2");
        result.Output.ShouldBeEmpty();
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
