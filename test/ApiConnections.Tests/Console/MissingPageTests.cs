using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Console;

/// <summary>An address that nothing has.</summary>
public sealed class MissingPageTests(MissingPageTests.OneNode one) : IClassFixture<MissingPageTests.OneNode>
{
    public sealed class OneNode : IAsyncLifetime
    {
        private Installation installation = null!;

        internal Node Node { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            installation = await Installation.New(On.Sqlite);
            Node = await installation.Start();
        }

        public ValueTask DisposeAsync() => installation.DisposeAsync();
    }

    [Theory]
    [InlineData("en", "There is no such page")]
    [InlineData("es", "Esta página no existe")]
    [InlineData("pt", "Esta página não existe")]
    public async Task A_person_is_shown_a_page_in_their_language_that_leads_to_the_start(string language, string title)
    {
        using var answer = await Get("/nowhere?x=<script>", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", language);
        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        html.ShouldContain(title);
        html.ShouldContain("href=\"/\"");
        html.ShouldNotContain("x=<script>");
    }

    [Fact]
    public async Task An_address_that_begins_like_another_host_leads_to_none()
    {
        using var http = new HttpClient { BaseAddress = new Uri(one.Node.Issuer) };
        using var request = new HttpRequestMessage(HttpMethod.Get, one.Node.Issuer + "//evil.example/x");
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        using var answer = await http.SendAsync(request);
        var html = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        html.ShouldContain("href=\"/evil.example/x?lang=es\"");
        html.ShouldNotContain("\"//");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("*/*")]
    [InlineData("")]
    public async Task A_program_gets_the_bare_status(string accept)
    {
        using var answer = await Get("/oauth/nowhere", accept, "en");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_address_that_only_takes_other_methods_still_says_so()
    {
        using var answer = await Get("/oauth/token", "text/html", "en");

        answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    private async Task<HttpResponseMessage> Get(string path, string accept, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        return await one.Node.Http.SendAsync(request);
    }
}
