using System.Net;
using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Should = ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Samples;

/// <summary>What scripts and first-time users rely on when they start the demo.</summary>
public sealed class DemoTests
{
    [Theory, Engines]
    public async Task One_line_of_JSON_says_everything_that_is_needed_and_all_of_it_works(On engine)
    {
        await using var demo = await RunningDemo.Start(engine);

        var members = demo.Facts.EnumerateObject().Select(member => member.Name).ToList();
        members.ShouldBe(["issuer", "api", "users", "consumers", "api_consumer", "data", "environment"], ignoreOrder: true);
        demo.Facts.GetProperty("consumers").GetArrayLength().ShouldBe(2);
        var consumer = demo.Facts.GetProperty("consumers")[0];
        consumer.GetProperty("grant_type").GetString().ShouldBe("client_credentials");
        consumer.GetProperty("scope").GetString().ShouldBe("assets:view tasks:view");
        demo.Facts.GetProperty("api_consumer").EnumerateObject().Select(member => member.Name).ShouldBe(["key", "secret"]);
        demo.Process.Output.Split('\n').ShouldHaveSingleItem().ShouldStartWith("{");
        new Uri(demo.Api).Port.ShouldBe(new Uri(demo.Issuer).Port + 1);

        var token = await demo.Token(demo.Report);
        token.ShouldBeIssued();
        token.Scope.ShouldBe(demo.Report.Scope);
        token.Claims.GetProperty("aud").GetString().ShouldBe(demo.Api);

        using var orders = await demo.Call(HttpMethod.Get, "/work_orders?limit=3", token.AccessToken);
        var page = await Json(orders);
        page.GetProperty("data").GetArrayLength().ShouldBe(3);
        page.GetProperty("total").GetInt32().ShouldBe(1000);

        using var refused = await demo.Call(HttpMethod.Post, "/work_orders", token.AccessToken);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        refused.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"insufficient_scope\", scope=\"tasks:add\"");

        using var who = await demo.Call(HttpMethod.Get, "/whoami", token.AccessToken);
        var caller = await Json(who);
        caller.GetProperty("client_id").GetString().ShouldBe(demo.Report.Key);
        caller.GetProperty("company").GetString().ShouldBe(token.Claims.GetProperty("company").GetString());
        caller.GetProperty("user").GetBoolean().ShouldBeFalse();

        demo.Process.Error.ShouldNotContain(demo.Report.Secret);
        demo.Process.Error.ShouldNotContain(token.AccessToken!);
    }

    [Theory, Engines]
    public async Task Its_data_is_that_of_a_company_which_has_used_it_for_months(On engine)
    {
        await using var demo = await RunningDemo.Start(engine);
        var consumers = (await demo.Command("consumer", "list")).EnumerateArray().ToList();
        consumers.Count.ShouldBe(40);
        consumers.Count(consumer => consumer.GetProperty("status").GetString() == "disabled").ShouldBe(4);
        consumers.Select(consumer => consumer.GetProperty("group").GetString()).Distinct().Count().ShouldBe(5);

        var authorizations = (await demo.Command("authorization", "list")).EnumerateArray().ToList();
        authorizations.Count.ShouldBe(300);
        var live = authorizations.Where(authorization => authorization.GetProperty("status").GetString() == "live").ToList();
        live.Count.ShouldBeInRange(150, 250);
        live.Count(authorization => authorization.GetProperty("last_accessed_at").ValueKind == JsonValueKind.Null).ShouldBeInRange(10, 40);
        authorizations.Count(authorization => authorization.GetProperty("since").GetDateTimeOffset() < TimeProvider.System.GetUtcNow().AddDays(-60)).ShouldBeInRange(100, 250);

        // Scripts that drive the technician's pages find there what they have made themselves.
        authorizations.ShouldNotContain(authorization => authorization.GetProperty("person").GetString() == demo.Technician.Email);
        (await demo.Command("user", "list")).GetArrayLength().ShouldBe(14);

        (await Outcomes("Boiler telemetry")).ShouldBe(["ok", "invalid_client", "invalid_scope", "insufficient_scope"], ignoreOrder: true);
        (await Outcomes("Energy dashboard")).ShouldBe(["ok", "invalid_grant", "invalid_request"], ignoreOrder: true);
        (await Outcomes("Payroll hours export")).ShouldBe(["ok", "unauthorized_client"], ignoreOrder: true);

        // Of the installation and of the company: both chains hold.
        (await demo.Command("log", "verify")).GetArrayLength().ShouldBe(2);

        async Task<IEnumerable<string?>> Outcomes(string name)
        {
            var key = consumers.Single(consumer => consumer.GetProperty("name").GetString() == name).GetProperty("key").GetString()!;
            return (await demo.Command("consumer", "requests", key)).EnumerateArray().Select(request => request.GetProperty("outcome").GetString()).Distinct();
        }
    }

    [Theory, Engines]
    public async Task A_consumer_disabled_on_the_command_line_gets_no_more_tokens_from_the_running_demo_and_its_API_refuses_those_it_has(On engine)
    {
        await using var demo = await RunningDemo.Start(engine);
        var token = await demo.Token(demo.Report);
        token.ShouldBeIssued();
        (await Who(demo, token)).ShouldBe(HttpStatusCode.OK);

        await demo.Command("consumer", "disable", demo.Report.Key);

        await Should.Within(TimeSpan.FromSeconds(3), async () => await Who(demo, token) == HttpStatusCode.Unauthorized, "The API refuses a token of a disabled consumer within a second.");
        await Should.Within(TimeSpan.FromSeconds(3), async () => (await demo.Token(demo.Report)).Status != HttpStatusCode.OK, "A disabled consumer is refused within a second.");
        (await demo.Token(demo.Report)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        await demo.Command("consumer", "enable", demo.Report.Key);
        await Should.Within(TimeSpan.FromSeconds(3), async () => (await demo.Token(demo.Report)).Status == HttpStatusCode.OK, "An enabled consumer works again within a second.");
    }

    [Fact]
    public async Task SIGTERM_ends_it_within_five_seconds_and_nothing_stays()
    {
        await using var demo = await RunningDemo.Start();
        File.Exists(Path.Combine(demo.Data, "api-connections.db")).ShouldBeTrue();
        (await demo.Token(demo.Report)).ShouldBeIssued();

        await demo.Process.Terminate();
        var result = await demo.Process.End(TimeSpan.FromSeconds(5));

        result.Exit.ShouldBe(0, result.Error);
        Directory.Exists(demo.Data).ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_that_is_kept_keeps_the_consumer_and_for_an_hour_its_secret()
    {
        var folder = Directory.CreateTempSubdirectory("api-connections-test-").FullName;
        try
        {
            TestConsumer before;
            await using (var first = await RunningDemo.Start("--data", folder))
            {
                before = first.Report;
                first.Data.ShouldBe(folder);
                (await first.Command("authorization", "list")).GetArrayLength().ShouldBe(300);
            }

            await using var second = await RunningDemo.Start("--data", folder);
            second.Report.Key.ShouldBe(before.Key);
            second.Report.Secret.ShouldNotBe(before.Secret);
            (await second.Token(second.Report)).ShouldBeIssued();
            (await second.Token(before)).ShouldBeIssued();
            (await second.Command("authorization", "list")).GetArrayLength().ShouldBe(300);
            (await second.Command("consumer", "list")).GetArrayLength().ShouldBe(40);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Two_demos_that_start_at_one_moment_share_a_database()
    {
        Machine.Needs(TestPostgres.Connection is not null, "There is no PostgreSQL here; ./test.sh starts one.");
        var database = await TestPostgres.NewDatabase();

        var starts = new[] { RunningDemo.Start("--postgres", database), RunningDemo.Start("--postgres", database) };
        await using var first = await starts[0];
        await using var second = await starts[1];

        second.Report.Key.ShouldBe(first.Report.Key);
        foreach (var demo in new[] { first, second })
        {
            var token = await demo.Token(demo.Report);
            token.ShouldBeIssued();
            using var orders = await demo.Call(HttpMethod.Get, "/work_orders?limit=3", token.AccessToken);
            orders.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    private static async Task<HttpStatusCode> Who(RunningDemo demo, TokenAnswer token)
    {
        using var answer = await demo.Call(HttpMethod.Get, "/whoami", token.AccessToken);
        return answer.StatusCode;
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}

/// <summary>In a class of its own: it waits for more than a minute, and classes run beside each other.</summary>
public sealed class DemoTokenLifetimeTests
{
    [Fact]
    [Rfc("9068 s4")]
    public async Task The_API_refuses_a_token_of_one_minute_after_that_minute()
    {
        await using var demo = await RunningDemo.Start();
        var made = await demo.Command("consumer", "create", "--company", "Demo Maintenance", "--name", "Short-lived", "--grant", "client_credentials", "--group", "Reports", "--access-token-minutes", "1");
        var consumer = RunningDemo.Consumer(made);
        TokenAnswer? token = null;
        await Should.Within(TimeSpan.FromSeconds(3), async () => (token = await demo.Token(consumer)).Status == HttpStatusCode.OK, "A new consumer is known within a second.");
        token!.Text("expires_in").ShouldBe("60");

        // Shortly before its end, and shortly after the ten seconds by which clocks may differ.
        await Task.Delay(TimeSpan.FromSeconds(57));
        using var during = await demo.Call(HttpMethod.Get, "/whoami", token.AccessToken);
        during.StatusCode.ShouldBe(HttpStatusCode.OK);

        await Task.Delay(TimeSpan.FromSeconds(15));
        using var after = await demo.Call(HttpMethod.Get, "/whoami", token.AccessToken);
        after.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        after.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"invalid_token\", error_description=\"The access token expired.\"");
    }
}
