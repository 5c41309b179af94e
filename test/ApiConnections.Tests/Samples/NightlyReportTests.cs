using System.Text;
using ApiConnections.Samples.Maintenance;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Samples;

/// <summary>Four stock OAuth libraries against the real server and a real API.</summary>
[Rfc("6749 s4.4")]
public sealed class NightlyReportTests : IAsyncLifetime
{
    private const string Unreachable = "http://127.0.0.1:1";

    private const string Report = """
        1000 work orders, 500 of them open:
           300 in process
           200 in review
           400 completed
           100 cancelled

        The oldest that are open:
        OT-00005  2026-01-06  in review   Tighten bolts: Oil filter 36
        OT-00006  2026-01-06  in review   Clean heat exchanger: Electric motor 43
        OT-00007  2026-01-06  in process  Lubricate bearings: Air compressor 50
        OT-00008  2026-01-07  in process  Replace filter: Heat exchanger 57
        OT-00009  2026-01-07  in process  Check alignment: Vibration meter 64
        """;

    private readonly List<string> tokens = [];
    private readonly List<string> queries = [];
    private readonly Lock gate = new();
    private Installation installation = null!;
    private Node node = null!;
    private WebApplication api = null!;
    private Func<HttpContext, int, bool>? trouble;
    private int? expiresIn;

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.New(On.Sqlite);
        node = await installation.Start(builder => builder.Services.AddSingleton<IStartupFilter>(new TokenLifetime(this)));
        api = MaintenanceApi.Build(["--issuer", node.Issuer, "--audience", "https://api.test", "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"]);
        api.Use((http, next) => Note(http) ? Task.CompletedTask : next(http));
        await api.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    public async Task A_program_reads_all_pages_with_one_token(string language)
    {
        var consumer = await installation.Consumer();

        var result = await Run(language, consumer.Key, consumer.Secret);

        result.Exit.ShouldBe(0, result.Error);
        result.Output.ShouldBe(Report);
        result.Error.ShouldBeEmpty();
        queries.ShouldBe(Enumerable.Range(0, 10).Select(page => $"?start={page * 100}&limit=100"));
        tokens.Distinct().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    [Rfc("6749 s5.1")]
    public async Task A_token_is_not_used_in_its_last_seconds(string language)
    {
        var consumer = await installation.Consumer();
        expiresIn = 20;

        var result = await Run(language, consumer.Key, consumer.Secret);

        result.Exit.ShouldBe(0, result.Error);
        result.Output.ShouldBe(Report);
        tokens.Distinct().Count().ShouldBe(10);
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    [Rfc("6749 s5.2")]
    public async Task A_wrong_secret_is_named(string language)
    {
        var consumer = await installation.Consumer();

        var result = await Run(language, consumer.Key, "acs_" + new string('x', 49));

        result.ShouldFailWith("API Connections refuses the key and secret (invalid_client): check API_CONNECTIONS_KEY and API_CONNECTIONS_SECRET, and that the consumer is enabled.");
        tokens.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    [Rfc("6750 s3.1")]
    public async Task A_missing_permission_is_named(string language)
    {
        await installation.Do("group", "create", "--name", "Assets only", "--scopes", "assets:view");
        var consumer = await installation.Consumer("Assets only");

        var result = await Run(language, consumer.Key, consumer.Secret);

        result.ShouldFailWith("The consumer may not read work orders (insufficient_scope): its permission group needs tasks:view.");
        tokens.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    public async Task A_server_that_cannot_be_reached_is_named(string language)
    {
        var consumer = await installation.Consumer();

        (await Run(language, consumer.Key, consumer.Secret, issuer: Unreachable)).ShouldFailWith($"{Unreachable} cannot be reached.");
        (await Run(language, consumer.Key, consumer.Secret, maintenance: Unreachable)).ShouldFailWith($"{Unreachable} cannot be reached.");
        (await Run(language, consumer.Key, "")).ShouldFailWith("API_CONNECTIONS_SECRET is not set.");
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    [Rfc("6750 s3.1", "6585 s4")]
    public async Task A_token_that_ended_early_is_replaced_once_and_429_is_waited_for(string language)
    {
        var consumer = await installation.Consumer();
        trouble = (http, request) => request switch
        {
            3 => Answer(http, 401, "WWW-Authenticate", "Bearer error=\"invalid_token\""),
            6 => Answer(http, 429, "Retry-After", "1"),
            _ => false,
        };

        var start = TimeProvider.System.GetTimestamp();
        var result = await Run(language, consumer.Key, consumer.Secret);

        result.Exit.ShouldBe(0, result.Error);
        result.Output.ShouldBe(Report);
        result.Error.ShouldBeEmpty();
        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
        queries.Count.ShouldBe(12);
        tokens[..3].Distinct().Count().ShouldBe(1);
        tokens[3..].Distinct().ShouldHaveSingleItem().ShouldNotBe(tokens[0]);
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    [Rfc("6750 s3.1")]
    public async Task A_new_token_that_is_refused_too_ends_the_report(string language)
    {
        var consumer = await installation.Consumer();
        trouble = (http, _) => Answer(http, 401, "WWW-Authenticate", "Bearer error=\"invalid_token\"");

        var result = await Run(language, consumer.Key, consumer.Secret);

        result.ShouldFailWith("/work_orders answers 401.");
        tokens.Distinct().Count().ShouldBe(2);
        tokens.Count.ShouldBe(2);
    }

    private async Task<CommandResult> Run(string language, string key, string secret, string? issuer = null, string? maintenance = null)
    {
        var sample = Path.Combine(Repository.Root, "samples", "clients", "nightly-report", language);
        string[] command = language switch
        {
            "curl" => ["bash", Path.Combine(sample, "report.sh")],
            "csharp" => ["dotnet", Repository.Program("NightlyReport", "NightlyReport")],
            "node" => ["node", Path.Combine(sample, "report.js")],
            // Debian's own Python, because the library is Debian's package.
            _ => ["/usr/bin/python3", Path.Combine(sample, "report.py")],
        };
        await NeedLanguage(language, sample);

        var result = await ChildProcess.Run(command[0], command[1..], new Dictionary<string, string>
        {
            ["API_CONNECTIONS_ISSUER"] = issuer ?? node.Issuer,
            ["API_CONNECTIONS_KEY"] = key,
            ["API_CONNECTIONS_SECRET"] = secret,
            ["MAINTENANCE_API"] = maintenance ?? api.Urls.Single(),
        });

        // What the installation has logged is searched for secrets and tokens when it ends.
        installation.Log.Add(result.Output);
        installation.Log.Add(result.Error);
        if (secret.Length > 0)
            installation.Watch(secret);

        return result;
    }

    private static async Task NeedLanguage(string language, string sample)
    {
        switch (language)
        {
            case "curl":
                Machine.Needs(Machine.Has("curl") && Machine.Has("jq"), "There is no curl or no jq here.");
                break;
            case "node":
                Machine.Needs(Machine.Has("node") && Directory.Exists(Path.Combine(sample, "node_modules")), "There is no Node.js here, or `npm ci` has not run in the sample's folder.");
                break;
            case "python":
                Machine.Needs(
                    File.Exists("/usr/bin/python3") && (await ChildProcess.Run("/usr/bin/python3", ["-c", "import requests_oauthlib"])).Exit == 0,
                    "There is no /usr/bin/python3 with requests_oauthlib here.");
                break;
        }
    }

    // True where the request is answered already.
    private bool Note(HttpContext http)
    {
        lock (gate)
        {
            var token = http.Request.Headers.Authorization.ToString()["Bearer ".Length..];
            installation.Watch(token);
            tokens.Add(token);
            queries.Add(http.Request.QueryString.Value ?? "");
            return trouble?.Invoke(http, tokens.Count) == true;
        }
    }

    private static bool Answer(HttpContext http, int status, string header, string value)
    {
        http.Response.StatusCode = status;
        http.Response.Headers[header] = value;
        return true;
    }

    // Says another lifetime in the token answer than the token has: the tests need not wait.
    private sealed class TokenLifetime(NightlyReportTests test) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (http, rest) =>
            {
                if (test.expiresIn is not { } seconds || http.Request.Path != "/oauth/token")
                {
                    await rest(http);
                    return;
                }

                var client = http.Response.Body;
                using var answer = new MemoryStream();
                http.Response.Body = answer;
                await rest(http);
                http.Response.Body = client;
                http.Response.ContentLength = null;
                await http.Response.WriteAsync(Encoding.UTF8.GetString(answer.ToArray()).Replace("\"expires_in\":600", $"\"expires_in\":{seconds}", StringComparison.Ordinal));
            });
            next(app);
        };
    }
}

file static class Results
{
    /// <summary>One sentence on standard error, nothing on standard output, and an exit code that says so.</summary>
    public static void ShouldFailWith(this CommandResult result, string sentence)
    {
        result.Error.ShouldBe(sentence);
        result.Output.ShouldBeEmpty();
        result.Exit.ShouldBe(1);
    }
}
