using System.Net;
using ApiConnections.Tests.Samples;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>The sample app for a person against the running demo, in a real browser.</summary>
public sealed class FieldAppTests(Chromium chromium)
{
    private static readonly TimeSpan bound = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("en-US", "Done")]
    [InlineData("es-CO", "Listo")]
    [InlineData("pt-BR", "Pronto")]
    public async Task A_technician_signs_in_sees_work_orders_and_closes_one(string language, string done)
    {
        await using var demo = await RunningDemo.Start();
        using var tokens = new TemporaryFile();
        await using var app = Start(demo, tokens.Path, "sign-in", "--no-browser");
        (await app.NextLine(bound)).ShouldStartWith("Open this address");

        var page = await chromium.Open(new Window { Language = language });
        await page.GotoAsync(await app.NextLine(bound));
        (await page.GetAttributeAsync("html", "lang")).ShouldBe(language[..2]);
        await page.SignIn(demo.Technician.Email, demo.Technician.Password);
        await page.ClickAsync(Steps.Allow);
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(done);

        var signedIn = await app.End(bound);
        signedIn.Exit.ShouldBe(0, signedIn.Error);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(tokens.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (await Run(demo, tokens.Path, "orders")).Output.ShouldContain("work orders are open");
        (await Run(demo, tokens.Path, "close", "5")).Output.ShouldStartWith("OT-00005 is completed");
        (await Run(demo, tokens.Path, "whoami")).Output.ShouldContain("\"user\":true");
    }

    [Fact]
    public async Task It_refreshes_on_its_own_and_signing_out_gives_its_tokens_back()
    {
        await using var demo = await RunningDemo.Start();
        using var tokens = new TemporaryFile();
        await using var app = Start(demo, tokens.Path, "sign-in", "--no-browser");
        await app.NextLine(bound);
        var page = await chromium.Open();
        await page.GotoAsync(await app.NextLine(bound));
        await page.SignIn(demo.Technician.Email, demo.Technician.Password);
        await page.ClickAsync(Steps.Allow);
        (await app.End(bound)).Exit.ShouldBe(0);
        var first = Read(tokens.Path);

        // It has ended by the app's clock; then, the API does not take it.
        Write(tokens.Path, first, "ExpiresAt", DateTimeOffset.UnixEpoch);
        (await Run(demo, tokens.Path, "orders")).Output.ShouldContain("work orders are open");
        var second = Read(tokens.Path);
        Write(tokens.Path, second, "AccessToken", "wrong");
        (await Run(demo, tokens.Path, "orders")).Output.ShouldContain("work orders are open");
        var third = Read(tokens.Path);

        string[] refresh = [.. new[] { first, second, third }.Select(file => file["RefreshToken"]!.GetValue<string>())];
        refresh.Distinct().Count().ShouldBe(3);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(tokens.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (await Run(demo, tokens.Path, "sign-out")).Output.ShouldContain("have ended");
        File.Exists(tokens.Path).ShouldBeFalse();
        Write(tokens.Path, third, "ExpiresAt", DateTimeOffset.UnixEpoch);
        await using var after = Start(demo, tokens.Path, "orders");
        var refused = await after.End(bound);
        refused.Exit.ShouldBe(1);
        refused.Error.ShouldContain("You are not signed in any more");
        File.Exists(tokens.Path).ShouldBeFalse();
    }

    private static System.Text.Json.Nodes.JsonObject Read(string path) => System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    private static void Write<T>(string path, System.Text.Json.Nodes.JsonObject tokens, string name, T value)
    {
        var changed = tokens.DeepClone().AsObject();
        changed[name] = System.Text.Json.Nodes.JsonValue.Create(value);
        File.WriteAllText(path, changed.ToJsonString());
    }

    [Fact]
    public async Task Deny_is_said_in_one_sentence_and_leaves_no_tokens()
    {
        await using var demo = await RunningDemo.Start();
        using var tokens = new TemporaryFile();
        await using var app = Start(demo, tokens.Path, "sign-in", "--no-browser");
        await app.NextLine(bound);
        var page = await chromium.Open();
        await page.GotoAsync(await app.NextLine(bound));
        await page.SignIn(demo.Technician.Email, demo.Technician.Password);
        await page.ClickAsync(Steps.Deny);

        var result = await app.End(bound);
        result.Exit.ShouldBe(1);
        result.Error.Trim().ShouldBe("You did not allow it; nothing was changed.");
        File.Exists(tokens.Path).ShouldBeFalse();
    }

    [Fact]
    public async Task Revoked_under_apps_its_unredeemed_code_is_refused_at_once_and_the_app_is_gone_from_the_list()
    {
        await using var demo = await RunningDemo.Start();
        var page = await chromium.Open();
        await using var site = await CallbackSite.Start();
        var callback = site.Address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal) + "/callback";
        var verifier = new string('v', 43);
        var challenge = System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(verifier)));
        var app = demo.FieldApp;
        await page.GotoAsync($"{demo.Issuer}/oauth/authorize?response_type=code&client_id={app.Key}&redirect_uri={Uri.EscapeDataString(callback)}&state=s&code_challenge={challenge}&code_challenge_method=S256");
        await page.SignIn(demo.Technician.Email, demo.Technician.Password);
        await page.ClickAsync(Steps.Allow);
        await page.ShouldReach(callback);

        await page.GotoAsync(demo.Issuer + "/account/apps");
        (await page.InnerTextAsync("main")).ShouldContain("Field app");
        await page.ClickAsync("button[name=revoke]");
        await Assertions.Expect(page.Locator("button[name=revoke]")).ToHaveCountAsync(0);

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, demo.Issuer + "/oauth/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "authorization_code"), new("code", site.Answer["code"]), new("redirect_uri", callback), new("code_verifier", verifier)]),
            Headers = { Authorization = Node.Basic(app.Key, app.Secret) },
        };
        using var answer = await http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("\"invalid_grant\"");
    }

    private static ChildProcess Start(RunningDemo demo, string tokens, params string[] command) => ChildProcess.Start("dotnet", [Repository.Program("FieldApp", "field-app"), .. command], new Dictionary<string, string>
    {
        ["API_CONNECTIONS_ISSUER"] = demo.Issuer,
        ["API_CONNECTIONS_KEY"] = demo.FieldApp.Key,
        ["API_CONNECTIONS_SECRET"] = demo.FieldApp.Secret,
        ["MAINTENANCE_API"] = demo.Api,
        ["FIELD_APP_TOKENS"] = tokens,
    });

    private static async Task<CommandResult> Run(RunningDemo demo, string tokens, params string[] command)
    {
        await using var app = Start(demo, tokens, command);
        var result = await app.End(bound);
        result.Exit.ShouldBe(0, result.Error);
        return result;
    }

    private sealed class TemporaryFile : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("field-app-test-");

        public string Path => System.IO.Path.Combine(folder.FullName, "tokens.json");

        public void Dispose() => folder.Delete(recursive: true);
    }
}
