using System.Net;
using System.Text.Json.Nodes;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>The table of 401, 403 and 400, over HTTP.</summary>
public sealed class AnswersTests : IAsyncLifetime
{
    private ProtectedApi api = null!;

    public async ValueTask InitializeAsync() => api = await ProtectedApi.Start();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact, Trait("Rfc", "6750 s2.1")]
    public async Task A_good_token_with_the_permission_is_let_in()
    {
        (await api.Get("/tasks", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await api.Get("/any", api.Token(claims => claims["scope"] = "teams:view"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_endpoint_that_asks_for_nothing_stays_open()
    {
        (await api.Http.GetStringAsync("/open")).ShouldBe("open");
        (await (await api.Get("/open", "junk")).Content.ReadAsStringAsync()).ShouldBe("open");
    }

    [Theory, Trait("Rfc", "6750 s3.1")]
    [InlineData(null)]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("BearerX abc")]
    [InlineData("Negotiate abc")]
    public async Task Without_a_bearer_token_the_challenge_carries_no_error_at_all(string? authorization)
    {
        var response = await api.Send("/tasks", authorization);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Challenge().ShouldBe("Bearer");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await response.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Theory, Trait("Rfc", "6750 s3.1")]
    [InlineData("Bearer")]
    [InlineData("Bearer !")]
    [InlineData("bearer junk")]
    [InlineData("Bearer a b")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer ..")]
    [InlineData("Bearer eyJ.eyJ.AAA")]
    [InlineData("Bearer a.b.c, Bearer d.e.f")]
    public async Task A_malformed_token_is_invalid_token(string authorization)
    {
        var response = await api.Send("/tasks", authorization);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Challenge().ShouldBe("Bearer error=\"invalid_token\", error_description=\"The access token is malformed.\"");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        body["error"]!.GetValue<string>().ShouldBe("invalid_token");
        body["error_description"]!.GetValue<string>().ShouldBe("The access token is malformed.");
    }

    [Fact, Trait("Rfc", "6750 s3.1")]
    public async Task A_missing_permission_is_403_and_names_what_is_needed()
    {
        var response = await api.Send("/tasks", "Bearer " + api.Token(), HttpMethod.Post);

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        response.Challenge().ShouldBe("Bearer error=\"insufficient_scope\", scope=\"tasks:add\"");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!.GetValue<string>().ShouldBe("insufficient_scope");
    }

    [Fact, Trait("Rfc", "6749 s3.3")]
    public async Task A_permission_is_a_whole_name_and_several_are_all_needed()
    {
        (await api.Get("/tasks", api.Token(claims => claims["scope"] = "tasks:view2 xtasks:view TASKS:VIEW"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var response = await api.Get("/both", api.Token());
        response.Challenge().ShouldBe("Bearer error=\"insufficient_scope\", scope=\"tasks:edit tasks:view\"");
        (await api.Get("/both", api.Token(claims => claims["scope"] = "tasks:view tasks:edit"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_group_guards_its_endpoints_and_an_endpoint_adds_to_it()
    {
        (await api.Get("/assets", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Get("/assets", api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await api.Get("/assets", api.Token(claims => claims["scope"] = "tasks:view"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await api.Send("/assets", "Bearer " + api.Token(claims => claims["scope"] = "assets:add"), HttpMethod.Post)).Challenge()
            .ShouldBe("Bearer error=\"insufficient_scope\", scope=\"assets:add assets:view\"");
        (await api.Send("/assets", "Bearer " + api.Token(claims => claims["scope"] = "assets:add assets:view"), HttpMethod.Post)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await api.Get("/assets/help", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact, Trait("Rfc", "9110 s11.1")]
    public async Task The_scheme_is_compared_without_case()
    {
        (await api.Send("/tasks", "bEARER  " + api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact, Trait("Rfc", "6750 s5.3")]
    public async Task A_token_in_the_query_or_the_form_is_not_looked_at()
    {
        var token = api.Token(claims => claims["scope"] = "tasks:add");

        (await api.Get("/any?access_token=" + token, null)).Challenge().ShouldBe("Bearer");
        var form = await api.Http.PostAsync("/tasks", new FormUrlEncodedContent([new("access_token", token)]));
        form.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        form.Challenge().ShouldBe("Bearer");
        (await api.Get("/any?access_token=junk", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact, Trait("Rfc", "6750 s3.1")]
    public async Task Two_Authorization_headers_are_invalid_request()
    {
        var token = api.Token();

        var raw = await RawHttp.Send(api.Http.BaseAddress!, $"GET /any HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n\r\n");

        raw.ShouldStartWith("HTTP/1.1 400");
        raw.ShouldContain("WWW-Authenticate: Bearer error=\"invalid_request\"");
        raw.ShouldContain("\"error\":\"invalid_request\"");
    }

    [Fact]
    public async Task An_endpoint_that_reads_a_token_without_asking_for_one_fails_closed()
    {
        (await api.Get("/forgotten", api.Token())).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
    }
}
