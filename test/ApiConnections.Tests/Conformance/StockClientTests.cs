using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Conformance;

/// <summary>OAuth libraries that know nothing of us: discovery, consent, code with PKCE, refresh, revocation, introspection, as their documentation says.</summary>
public sealed class StockClientTests
{
    private const string Callback = "http://127.0.0.1:5555/callback";
    private const string Node = "node";
    private const string Python = "python";

    [Theory]
    [InlineData(Node, true)]
    [InlineData(Node, false)]
    [InlineData(Python, true)]
    [InlineData(Python, false)]
    [Rfc("8414 s3", "7636 s4", "9207 s2.4")]
    public async Task A_stock_library_gets_a_token_for_a_person_unmodified(string language, bool confidential)
    {
        Machine.Needs(Machine.Has("node") && Directory.Exists(Path.Combine(Folder(Node), "node_modules")), "The Node.js library is missing; ./test.sh installs it.");
        await using var installation = await Installation.New(On.Sqlite);
        var app = await installation.Consumer(grant: "authorization_code", options: ["--callback", "http://127.0.0.1/callback", .. confidential ? Array.Empty<string>() : ["--public"]]);
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        await browser.SignIn(await node.Person());

        await using var client = StartClient(language, node.Issuer, app, confidential);
        var address = await client.NextLine(TimeSpan.FromSeconds(30));
        (await browser.Visit(address)).Status.ShouldBe(System.Net.HttpStatusCode.OK);
        var page = await browser.Submit("/consent", ("decision", "allow"), ("scope", "assets:view"), ("scope", "tasks:view"));
        await client.Write(page.HandOver!);

        var result = await client.End(TimeSpan.FromSeconds(30));
        result.Exit.ShouldBe(0, result.Error);
        var token = JsonDocument.Parse(result.Output.Split('\n')[1]).RootElement;
        installation.Watch(token.GetProperty("access_token").GetString()!);
        token.GetProperty("scope").GetString()!.Split(' ').ShouldBe(["assets:view", "tasks:view"], ignoreOrder: true);
        token.GetProperty("refresh").GetString().ShouldBe("string");
        token.GetProperty("expires_in").GetInt32().ShouldBe(600);
        // RFC 6749 s6, RFC 7009, RFC 7662: it refreshed, gave the refresh token back, and looked at the access token that went with it.
        token.GetProperty("rotated").GetBoolean().ShouldBeTrue();
        token.GetProperty("fresh_scope").GetString()!.Split(' ').ShouldBe(["assets:view", "tasks:view"], ignoreOrder: true);
        token.GetProperty("after").GetString().ShouldBe("invalid_grant");
        token.GetProperty("looked").ToString().ShouldBe(confidential ? "False" : "no secret");
    }

    private static ChildProcess StartClient(string language, string issuer, TestConsumer app, bool confidential)
    {
        var environment = new Dictionary<string, string>
        {
            ["ISSUER"] = issuer,
            ["KEY"] = app.Key,
            ["SECRET"] = confidential ? app.Secret : "",
            ["REDIRECT_URI"] = Callback,
            ["SCOPE"] = "tasks:view assets:view",
        };
        return language == Node
            ? ChildProcess.Start("node", [Path.Combine(Folder(Node), "code.js")], environment)
            : ChildProcess.Start(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [Path.Combine(Folder(Python), "code.py")], environment);
    }

    private static string Folder(string language) => Path.Combine(Repository.Root, "test", "ApiConnections.Tests", "Conformance", language);
}
