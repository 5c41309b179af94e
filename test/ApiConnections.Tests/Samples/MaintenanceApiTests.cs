using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ApiConnections.Samples.Maintenance;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Samples;

public sealed class MaintenanceApiTests : IAsyncLifetime
{
    private const string Audience = "http://localhost:8401";
    private const string Everything = "assets:view tasks:add tasks:edit tasks:view";

    private StandInIssuer issuer = null!;
    private WebApplication app = null!;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await StandInIssuer.Start();
        app = MaintenanceApi.Build(["--issuer", issuer.Address, "--audience", Audience, "--urls", "http://127.0.0.1:0"]);
        await app.StartAsync();
        http = Client(app, Everything);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/work_orders", "tasks:view")]
    [InlineData("GET", "/work_orders/1", "tasks:view")]
    [InlineData("POST", "/work_orders", "tasks:add")]
    [InlineData("PATCH", "/work_orders/1", "tasks:edit")]
    [InlineData("GET", "/assets", "assets:view")]
    [Trait("Rfc", "6750 s3.1")]
    public async Task Every_endpoint_asks_for_its_permission(string method, string path, string needed)
    {
        using var without = Client(app, string.Join(' ', Everything.Split(' ').Where(scope => scope != needed)));
        using var nobody = Client(app, null);

        var refused = await without.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        refused.Challenge().ShouldBe($"Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
        var unknown = await nobody.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        unknown.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        unknown.Challenge().ShouldBe("Bearer");
        (await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).StatusCode.ShouldNotBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Lists_come_in_pages_and_say_how_many_there_are()
    {
        var first = await Get("/work_orders");
        first["success"]!.GetValue<bool>().ShouldBeTrue();
        first["message"]!.GetValue<string>().ShouldBe("200");
        first["total"]!.GetValue<int>().ShouldBe(1000);
        first["data"]!.AsArray().Count.ShouldBe(100);
        first["data"]![0]!["folio"]!.GetValue<string>().ShouldBe("OT-00001");

        var seen = new HashSet<int>();
        for (var start = 0; start < 1000; start += 300)
        {
            foreach (var order in (await Get($"/work_orders?start={start}&limit=300"))["data"]!.AsArray())
                seen.Add(order!["id"]!.GetValue<int>()).ShouldBeTrue();
        }

        seen.Count.ShouldBe(1000);
        (await Get("/work_orders?limit=1000"))["data"]!.AsArray().Count.ShouldBe(1000);
        (await Get("/work_orders?start=5000"))["data"]!.AsArray().Count.ShouldBe(0);
        (await Get("/assets?start=499&limit=10"))["total"]!.GetValue<int>().ShouldBe(500);
        (await Get("/assets?start=499&limit=10"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("limit=0", "limit"), InlineData("limit=1001", "limit"), InlineData("limit=ten", "limit"), InlineData("limit=", "limit"), InlineData("limit=5&limit=6", "limit")]
    [InlineData("start=-1", "start"), InlineData("start=1.5", "start"), InlineData("start=99999999999", "start")]
    public async Task A_wrong_page_is_explained(string query, string parameter)
    {
        foreach (var path in new[] { "/work_orders?", "/assets?" })
        {
            var body = await ShouldBeRefused(await http.GetAsync(path + query), 400);
            body["errors"]![parameter]!.GetValue<string>().ShouldStartWith("must be a whole number from ");
        }
    }

    [Fact]
    public async Task The_answers_are_the_same_at_every_start()
    {
        await using var again = MaintenanceApi.Build(["--issuer", issuer.Address, "--audience", Audience, "--urls", "http://127.0.0.1:0"]);
        await again.StartAsync();
        using var other = Client(again, Everything);

        foreach (var path in new[] { "/work_orders?limit=1000", "/assets?limit=1000", "/work_orders/77" })
            (await other.GetStringAsync(path)).ShouldBe(await http.GetStringAsync(path));
    }

    [Fact]
    public async Task Every_work_order_is_on_an_asset_that_exists()
    {
        var codes = (await Get("/assets?limit=1000"))["data"]!.AsArray().Select(asset => asset!["code"]!.GetValue<string>()).ToHashSet();
        codes.Count.ShouldBe(500);
        (await Get("/work_orders?limit=1000"))["data"]!.AsArray().ShouldAllBe(order => codes.Contains(order!["asset_code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_work_order_is_made_changed_and_read_and_no_other_company_sees_it()
    {
        var made = await http.PostAsync("/work_orders", Json("""{"description":"Replace the seal","asset_code":"EQ-0001","priority":5}"""));
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        made.Headers.Location!.ToString().ShouldBe("/work_orders/1001");
        (await Body(made))["message"]!.GetValue<string>().ShouldBe("201");

        var edited = await http.PatchAsync("/work_orders/1001", Json("""{"ot_status":3}"""));
        edited.StatusCode.ShouldBe(HttpStatusCode.OK);
        var order = (await Get("/work_orders/1001"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        order["ot_status"]!.GetValue<int>().ShouldBe(3);
        order["description"]!.GetValue<string>().ShouldBe("Replace the seal");
        order["priority"]!.GetValue<int>().ShouldBe(5);
        (await Get("/work_orders?limit=1"))["total"]!.GetValue<int>().ShouldBe(1001);

        using var otherCompany = Client(app, Everything, "0197a000-0000-7000-8000-0000000000ff");
        await ShouldBeRefused(await otherCompany.GetAsync("/work_orders/1001"), 404);
        await ShouldBeRefused(await otherCompany.PatchAsync("/work_orders/1001", Json("""{"ot_status":4}""")), 404);
    }

    [Theory]
    [InlineData("""{"asset_code":"EQ-0001"}""", "description"), InlineData("""{"description":" ","asset_code":"EQ-0001"}""", "description")]
    [InlineData("""{"description":"x"}""", "asset_code"), InlineData("""{"description":"x","asset_code":"EQ-9999"}""", "asset_code")]
    [InlineData("""{"description":"x","asset_code":"EQ-0001","ot_status":5}""", "ot_status"), InlineData("""{"description":"x","asset_code":"EQ-0001","priority":0}""", "priority")]
    public async Task A_wrong_field_is_named(string json, string field)
    {
        var body = await ShouldBeRefused(await http.PostAsync("/work_orders", Json(json)), 400);
        body["errors"]!.AsObject().Select(error => error.Key).ShouldBe([field]);
        (await Get("/work_orders?limit=1"))["total"]!.GetValue<int>().ShouldBe(1000);
    }

    [Theory]
    [InlineData(""), InlineData("{"), InlineData("[]"), InlineData("null"), InlineData("\"x\""), InlineData("""{"id":7}"""), InlineData("""{"priority":"high"}""")]
    [InlineData("""{"description":"a","description":"b"}"""), InlineData("""{"due_date":"tomorrow"}""")]
    public async Task A_body_that_is_no_work_order_is_refused(string json)
    {
        await ShouldBeRefused(await http.PostAsync("/work_orders", Json(json)), 400);
        await ShouldBeRefused(await http.PatchAsync("/work_orders/1", Json(json)), 400);
    }

    [Fact]
    public async Task Too_much_another_format_unknown_paths_and_methods_are_refused_in_the_same_form()
    {
        await ShouldBeRefused(await http.PostAsync("/work_orders", Json($$"""{"description":"{{new string('x', 20_000)}}"}""")), 413);
        await ShouldBeRefused(await http.PostAsync("/work_orders", new StringContent("description=x", Encoding.UTF8, "application/x-www-form-urlencoded")), 415);
        await ShouldBeRefused(await http.GetAsync("/work_orders/0"), 404);
        await ShouldBeRefused(await http.GetAsync("/work_orders/abc"), 404);
        await ShouldBeRefused(await http.GetAsync("/nothing"), 404);
        await ShouldBeRefused(await http.DeleteAsync("/work_orders/1"), 405);
    }

    [Fact]
    public async Task Who_am_I_tells_what_the_token_says()
    {
        using var any = Client(app, "teams:view");
        var body = await Body(await any.GetAsync("/whoami"));

        body.Select(member => member.Key).ShouldBe(["company", "client_id", "sub", "user", "scope", "expires_at"]);
        body["company"]!.GetValue<string>().ShouldBe("0197a000-0000-7000-8000-000000000001");
        body["client_id"]!.GetValue<string>().ShouldBe("nightlyreport0000001");
        body["sub"]!.GetValue<string>().ShouldBe("consumer:nightlyreport0000001");
        body["user"]!.GetValue<bool>().ShouldBeFalse();
        body["scope"]!.GetValue<string>().ShouldBe("teams:view");
        body["expires_at"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public void Without_an_issuer_the_start_stops_and_says_why()
    {
        using var alone = MaintenanceApi.Build(["--urls", "http://127.0.0.1:0"]) as IDisposable;
        Should.Throw<Microsoft.Extensions.Options.OptionsValidationException>(() => ((WebApplication)alone!).Start()).Message.ShouldContain("ApiConnections:Issuer is missing");
    }

    private HttpClient Client(WebApplication api, string? scope, string? company = null)
    {
        var client = new HttpClient { BaseAddress = new Uri(api.Urls.Single()) };
        if (scope is not null)
        {
            var claims = issuer.Claims(Audience, TimeProvider.System.GetUtcNow());
            claims["scope"] = scope;
            if (company is not null)
                claims["company"] = company;
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issuer.Sign(claims));
        }

        return client;
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private async Task<JsonObject> Get(string path)
    {
        var response = await http.GetAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await Body(response);
    }

    private static async Task<JsonObject> Body(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    private static async Task<JsonObject> ShouldBeRefused(HttpResponseMessage response, int status)
    {
        ((int)response.StatusCode).ShouldBe(status);
        var body = await Body(response);
        body["success"]!.GetValue<bool>().ShouldBeFalse();
        body["message"]!.GetValue<string>().ShouldBe(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        body["error"]!.GetValue<string>().ShouldNotBeEmpty();
        return body;
    }
}
