using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Tests.OAuth.Authorize;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Settings.ApiConnections.Consumers;

/// <summary>A consumer is tried at the real endpoints, and what the test made is ended again.</summary>
public sealed class TrialTests
{
    [Theory, Engines]
    public async Task A_program_gets_a_real_token_which_is_shown_and_ended(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var program = await desk.Installation.Consumer("Viewers");

        var tried = (await desk.Runs.ClientCredentials(desk.Actor, program.Key, " " + program.Secret, "tasks:view", "")).Granted();
        var token = tried.Token.ShouldNotBeNull();
        desk.Installation.Watch(token.Access.Reveal());

        token.Scope.ShouldBe("tasks:view");
        token.Claim("client_id").ShouldBe(program.Key);
        token.Claim("iss").ShouldBe(desk.Server.Node.Issuer);
        token.Header.ShouldContain(("typ", "at+jwt"));
        token.ExpiresAt.ShouldNotBeNull().ShouldBeGreaterThan(desk.Installation.Clock.GetUtcNow());
        token.Introspection.ShouldNotBeNull().ShouldContain("\"active\": true");
        token.Shortened.Length.ShouldBeLessThan(30);
        token.ToString().ShouldBe("***");

        (await desk.Ends.Token(desk.Actor, program.Key, token.Access)).Granted().ShouldBeTrue();
        (await Introspect(desk, program, token)).ShouldBeFalse();
        (await desk.Ends.Token(desk.Actor, program.Key, token.Access)).Granted().ShouldBeFalse();
        (await desk.Installation.Query<string>("select action from transactions_log where action = 'access_token.revoke'")).ShouldHaveSingleItem();
    }

    [Theory, Engines]
    public async Task A_refusal_is_explained_with_what_would_have_been_right(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var program = await desk.Installation.Consumer("Viewers");
        var other = await desk.Installation.Consumer("Viewers");

        var secret = (await desk.Runs.ClientCredentials(desk.Actor, program.Key, other.Secret, "", "")).Granted().Refused.ShouldNotBeNull();
        secret.Error.Code.ShouldBe("invalid_client");
        secret.Detail.ShouldBe("The secret is none of the consumer's live ones: it was revoked, or is another consumer's.");
        secret.Expected.ShouldBe("a secret that ends with …" + program.Secret[^4..]);
        secret.Offending.ShouldBe("…" + other.Secret[^4..]);

        var scope = (await desk.Runs.ClientCredentials(desk.Actor, program.Key, program.Secret, "tasks:edit", "")).Granted().Refused.ShouldNotBeNull();
        scope.Error.Code.ShouldBe("invalid_scope");
        scope.Expected.ShouldBe("assets:view tasks:view");
        scope.Offending.ShouldBe("tasks:edit");

        var resource = (await desk.Runs.ClientCredentials(desk.Actor, program.Key, program.Secret, "", "https://nowhere.test")).Granted().Refused.ShouldNotBeNull();
        resource.Error.Code.ShouldBe("invalid_target");

        (await desk.Server.Node.App.Services.GetRequiredService<ConsumerAccess>().Disable(desk.Actor, program.Key)).Granted();
        await desk.Server.Node.Hear();
        var disabled = (await desk.Runs.ClientCredentials(desk.Actor, program.Key, program.Secret, "", "")).Granted().Refused.ShouldNotBeNull();
        disabled.Detail.ShouldBe("The consumer is disabled.");
    }

    [Theory, Engines]
    public async Task A_person_tries_an_app_as_themselves_and_what_it_made_is_ended(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var begun = await desk.Begin("tasks:view tasks:edit");
        (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Granted().IsOver.ShouldBeFalse();

        var back = await desk.Allow(begun, "tasks:view");
        var page = await desk.Browser.Get(back);

        page.Status.ShouldBe(HttpStatusCode.SeeOther);
        page.Location.ShouldNotBeNull().ShouldEndWith($"/{desk.App.Key}/test/answered");
        (await desk.Browser.Get(page.Location!)).ShouldBePage(HttpStatusCode.OK);
        var token = await desk.Redeem(begun);
        token.Scope.ShouldBe("tasks:view");
        token.Claim("sub").ShouldBe(desk.Person.Id.ToString());
        token.RefreshHint.ShouldNotBeNull();

        (await desk.Ends.Person(desk.Actor, desk.App.Key, begun.Before, token.Access)).Granted().ShouldBeTrue();
        (await Introspect(desk, desk.App, token)).ShouldBeFalse();
        (await desk.Server.Grants()).ShouldHaveSingleItem().Status.ShouldBe("revoked");
        (await desk.Installation.Count("token_families where ended_at is null")).ShouldBe(0);
        (await desk.Installation.Query<string>("select callback_urls from consumers where key = @Key", new { desk.App.Key })).ShouldBe([AppServer.Callback]);
    }

    [Theory, Engines]
    public async Task What_the_person_had_allowed_before_stays_when_the_test_is_ended(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        await desk.Browser.Visit(desk.Server.Ask());
        (await desk.Browser.Allow()).ShouldGiveCode(desk.Server.Node);

        // Asked all the same, although the app is remembered.
        var begun = await desk.Begin();
        await desk.Browser.Get(await desk.Allow(begun));
        var token = await desk.Redeem(begun);
        (await desk.Ends.Person(desk.Actor, desk.App.Key, begun.Before, token.Access)).Granted().ShouldBeTrue();

        (await desk.Server.Grants()).ShouldHaveSingleItem().Status.ShouldBe("live");
        (await desk.Installation.Count("token_families where ended_at is null")).ShouldBe(0);
        (await Introspect(desk, desk.App, token)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_public_app_is_tried_without_a_secret()
    {
        await using var desk = await TrialDesk.Open(On.Sqlite);
        var app = await desk.Server.Another("--callback", AppServer.Callback, "--public");
        var begun = await desk.Begin(key: app.Key);
        (await desk.Browser.Visit(TrialDesk.Local(begun.Address))).ShouldAsk();
        await desk.Browser.Get(TrialDesk.Local((await desk.Browser.Allow()).HandOver!));
        var progress = (await desk.People.Look(desk.Actor, app.Key, begun)).Granted();

        var token = (await desk.Runs.Redeem(desk.Actor, app.Key, "", begun.Verifier, progress.Code!.Value)).Granted().Token.ShouldNotBeNull();

        token.Claim("client_id").ShouldBe(app.Key);
        token.Introspection.ShouldBeNull();
    }

    [Fact]
    public async Task A_wrong_secret_is_told_before_anybody_is_asked()
    {
        await using var desk = await TrialDesk.Open(On.Sqlite);
        var other = await desk.Server.Another("--callback", AppServer.Callback);

        (await desk.Runs.Secret(desk.Actor, desk.App.Key, other.Secret)).Granted().Refused.ShouldNotBeNull().Offending.ShouldBe("…" + other.Secret[^4..]);
        (await desk.Runs.Secret(desk.Actor, desk.App.Key, desk.App.Secret)).Granted().Refused.ShouldBeNull();
        (await desk.Installation.Count("consumer_trials")).ShouldBe(0);
        // The look at the good one refused nothing.
        await Within(TimeSpan.FromSeconds(10), async () => await desk.Installation.Count("request_log") > 0, "the wrong one is written");
        (await desk.Installation.Query<string>("select outcome from request_log")).ShouldBe(["invalid_client"]);
    }

    [Fact]
    public async Task The_server_reaches_itself_behind_a_certificate_that_nobody_trusts_and_under_the_path_of_its_issuer()
    {
        await using var installation = await Installation.New(On.Sqlite);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var port = Node.FreePort();
        var node = await installation.Start(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate)),
            ("Urls", $"https://127.0.0.1:{port}"), ("ApiConnections:Issuer", "https://localhost/access"));
        var program = await installation.Consumer("Viewers");

        var tried = (await node.App.Services.GetRequiredService<TrialRuns>().ClientCredentials(new Actor("command line", ""), program.Key, program.Secret, "", "")).Granted();

        installation.Watch(tried.Token.ShouldNotBeNull().Access.Reveal());
        tried.Token.Claim("iss").ShouldBe("https://localhost/access");
    }

    [Theory]
    [InlineData("Relatório noturno", "relatorio-noturno.env")]
    [InlineData(".NET bridge / 2", "net-bridge-2.env")]
    [InlineData("…", "the-key.env")]
    public void The_file_with_the_credentials_has_a_name_that_a_browser_keeps(string name, string file) =>
        Snippets.EnvFile(name, "the-key").ShouldBe(file);

    [Theory]
    [InlineData("http://127.0.0.1:5000/", "http://127.0.0.1:5000")]
    [InlineData("http://127.0.0.1:8401/", "https://[::]:8400", "http://*:8401")]
    [InlineData("https://127.0.0.1:8400/", "https://0.0.0.0:8400")]
    [InlineData("http://127.0.0.1/", "http://access.example.com")]
    [InlineData("http://10.0.0.5:8400/", "http://10.0.0.5:8400")]
    [InlineData("http://[::1]:8400/", "http://[::1]:8400")]
    [InlineData("http://localhost:8400/", "http://localhost:8400")]
    [InlineData(null, "http://unix:/run/api-connections.sock")]
    [InlineData(null)]
    public void The_address_on_which_the_server_listens_is_found(string? expected, params string[] addresses) =>
        (OwnEndpoints.Listener(addresses)?.ToString()).ShouldBe(expected);

    internal static async Task<bool> Introspect(TrialDesk desk, TestConsumer consumer, TriedToken token)
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("token", token.Access.Reveal())]);
        return (await desk.Server.Node.Send(content, Node.Basic(consumer.Key, consumer.Secret), "/oauth/introspect")).Body.GetProperty("active").GetBoolean();
    }
}
