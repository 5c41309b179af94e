using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

[Rfc("6749 s4.1.3", "7636 s4.5")]
public sealed class AuthorizationCodeTests
{
    [Theory, Engines]
    [Rfc("6749 s4.1.4", "9068 s2.2")]
    public async Task An_app_turns_its_code_into_a_token_for_the_person_and_the_refresh_token_of_a_new_family(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var code = await node.Code(installation, app, person, new() { Scope = "tasks:view" });

        var answer = await node.Redeem(installation, app, code);

        answer.ShouldBeIssued();
        answer.Body.EnumerateObject().Select(member => member.Name).ShouldBe(["access_token", "token_type", "expires_in", "scope", "refresh_token"]);
        answer.Scope.ShouldBe("tasks:view");
        answer.Text("refresh_token")!.ShouldStartWith("acr_");
        answer.Text("refresh_token")!.Length.ShouldBe(Server.Model.WireToken.Refresh.Length);
        var family = (await installation.Query<Family>("select id, scope, company_generation, user_generation, idle_expires_at, expires_at, current_hash, handle_hash, agent from token_families")).ShouldHaveSingleItem();
        var claims = answer.Claims;
        claims.GetProperty("sub").GetString().ShouldBe(person.Id.ToString());
        claims.GetProperty("aud").GetString().ShouldBe("https://api.test");
        claims.GetProperty("client_id").GetString().ShouldBe(app.Key);
        claims.GetProperty("authorization_id").GetString().ShouldBe(code.AuthorizationId.ToString());
        claims.GetProperty("family_id").GetString().ShouldBe(family.Id.ToString());
        claims.GetProperty("gen").GetRawText().ShouldBe("[1,1,1]");
        claims.GetProperty("scope").GetString().ShouldBe("tasks:view");
        family.Scope.ShouldBe("tasks:view");
        (family.ExpiresAt - installation.Clock.GetUtcNow().ToUnix()).ShouldBe((long)TimeSpan.FromDays(180).TotalMilliseconds);
        (family.IdleExpiresAt - installation.Clock.GetUtcNow().ToUnix()).ShouldBe((long)TimeSpan.FromDays(30).TotalMilliseconds);
        var refresh = new byte[48];
        Server.Model.WireToken.Refresh.TryRead(answer.Text("refresh_token"), refresh).ShouldBeTrue();
        family.HandleHash.ShouldBe(System.Security.Cryptography.SHA256.HashData(refresh[..16]));
        family.CurrentHash.ShouldBe(System.Security.Cryptography.SHA256.HashData(refresh[16..]));
    }

    [Theory, Engines]
    [Rfc("6749 s3.2.1")]
    public async Task A_public_app_says_who_it_is_and_its_verifier_proves_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App("--public"), await node.Person());

        (await node.Redeem(installation, app, await node.Code(installation, app, person))).ShouldBeIssued();

        var code = await node.Code(installation, app, person);
        (await node.Redeem(installation, app, code, ("client_secret", "zqx"))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Post(Apps.Form(app, code), Node.Basic(app.Key, "zqx"))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Redeem(installation, app, code, ("client_id", null))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Redeem(installation, app, code, ("code_verifier", Apps.NewVerifier()))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, app, code)).ShouldBeIssued();
    }

    [Theory, Engines]
    [Rfc("6749 s3.2.1")]
    public async Task A_confidential_app_that_shows_no_secret_is_told_what_an_unknown_one_is(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var code = await node.Code(installation, app, person);

        var silent = await node.Post([.. Apps.Form(app, code), ("client_id", app.Key)]);
        var unknown = await node.Post([.. Apps.Form(app, code), ("client_id", "0123456789abcdefghij")]);

        silent.ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        silent.Body.GetRawText().ShouldBe(unknown.Body.GetRawText());
        (await node.Redeem(installation, app, code)).ShouldBeIssued();
    }

    [Theory, Engines]
    [Rfc("6749 s4.1.2")]
    public async Task A_code_lives_sixty_seconds_to_the_millisecond(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        installation.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(installation.Clock.GetUtcNow().ToUnix() + 1));
        var (inTime, late) = (await node.Code(installation, app, person), await node.Code(installation, app, person));

        installation.Clock.Advance(TimeSpan.FromMilliseconds(59_999));
        (await node.Redeem(installation, app, inTime)).ShouldBeIssued();
        installation.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await node.Redeem(installation, app, late)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("token_families")).ShouldBe(1);
    }

    [Theory, Engines]
    [Rfc("6749 s4.1.2", "9700 s4.5")]
    public async Task A_used_code_is_refused_at_once_and_after_the_retry_window_ends_the_family_of_its_first_use_and_no_other(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, other, person) = (await installation.App(), await installation.App(), await node.Person());
        var code = await node.Code(installation, app, person);
        (await node.Redeem(installation, app, await node.Code(installation, app, person))).ShouldBeIssued();
        var first = await node.Redeem(installation, app, code);
        first.ShouldBeIssued();
        var before = await installation.LastChange();

        installation.Clock.Advance(TimeSpan.FromSeconds(5));
        (await node.Redeem(installation, app, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        installation.Clock.Advance(TimeSpan.FromSeconds(5));
        // From anybody but the app itself it ends nothing, however it is wrong.
        (await node.Redeem(installation, other, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, app, code, ("code_verifier", Apps.NewVerifier()))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Redeem(installation, app, code, ("redirect_uri", "https://app.test/other"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
        (await installation.ChangesAfter(before)).ShouldBeEmpty();

        (await node.Redeem(installation, app, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");

        var family = first.Claims.GetProperty("family_id").GetString()!;
        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject, change.ForApis).ShouldBe(("family", family, true));
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(1);
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(1);
        (await node.Redeem(installation, app, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(1);
    }

    [Theory, Engines]
    [Rfc("6819 s4.4.1.11")]
    public async Task Peer_69_Of_twenty_one_devices_the_one_used_longest_ago_gives_way(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var oldest = "";
        for (var device = 0; device < TokenFamilies.MostLive; device++)
        {
            var answer = await node.Redeem(installation, app, await node.Code(installation, app, person));
            oldest = device == 0 ? answer.Claims.GetProperty("family_id").GetString()! : oldest;
            installation.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var before = await installation.LastChange();
        (await installation.Count("token_families where ended_at is null")).ShouldBe(TokenFamilies.MostLive);
        (await node.Redeem(installation, app, await node.Code(installation, app, person))).ShouldBeIssued();

        (await installation.Count("token_families where ended_at is null")).ShouldBe(TokenFamilies.MostLive);
        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject).ShouldBe(("family", oldest));
    }

    [Theory, Engines]
    public async Task The_use_of_the_authorization_and_of_the_secret_is_recorded(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        await node.Redeem(installation, app, await node.Code(installation, app, person));

        await node.Stop();

        (await installation.Count("authorization_activity where uses = 1")).ShouldBe(1);
        (await installation.Count("consumer_secrets where last_used_at is not null")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task What_is_over_is_deleted_after_a_day_and_not_before(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App("--refresh-absolute-days", "1"), await node.Person());
        var code = await node.Code(installation, app, person);
        var family = (await node.Redeem(installation, app, code)).Claims.GetProperty("family_id").GetString()!;
        await node.Redeem(installation, app, await node.Code(installation, app, person));
        var pruning = node.App.Services.GetServices<IHostedService>().OfType<Pruning>().Single();

        installation.Clock.Advance(TimeSpan.FromHours(24));
        await pruning.Prune(default);
        (await installation.Count("authorization_codes")).ShouldBe(2);
        // Still known, so that a replay is told.
        (await node.Redeem(installation, app, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(1);

        installation.Clock.Advance(TimeSpan.FromHours(1));
        await pruning.Prune(default);
        (await installation.Count("authorization_codes")).ShouldBe(0);
        (await installation.Count("token_families")).ShouldBe(2);

        installation.Clock.Advance(TimeSpan.FromHours(24));
        await pruning.Prune(default);
        (await installation.Count("token_families")).ShouldBe(0);
    }

    [Theory, Engines]
    [Rfc("7519 s7.2")]
    public async Task The_library_for_apis_takes_the_token_for_the_persons(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var token = (await node.Redeem(installation, app, await node.Code(installation, app, person))).AccessToken!;

        var payload = ApiConnections.ResourceServer.AccessTokenPayload.Read(token.Split('.')[1]).ShouldNotBeNull();

        payload.ToAccessToken("kid").TryGet(out var read, out var refusal).ShouldBeTrue(refusal?.Reason);
        read!.Subject.ShouldBe(person.Id.ToString());
        payload.FamilyId.ShouldNotBeNull();
        payload.Generations.ShouldBe([1, 1, 1]);
    }

    [Fact]
    public async Task An_apps_own_days_bound_its_devices_and_show_where_it_is_shown()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var (app, person) = (await installation.App("--refresh-idle-days", "2", "--refresh-absolute-days", "7", "--pkce-optional"), await node.Person());
        await node.Redeem(installation, app, await node.Code(installation, app, person));

        var now = installation.Clock.GetUtcNow().ToUnix();
        (await installation.Count($"token_families where idle_expires_at = {now + (2 * 86_400_000)} and expires_at = {now + (7 * 86_400_000)}")).ShouldBe(1);
        var shown = (await installation.Run("consumer", "show", app.Key)).Output;
        shown.ShouldContain("PKCE         optional");
        shown.ShouldContain("after 2 idle days, 7 days in all");
        var options = (await installation.Do("consumer", "show", app.Key)).GetProperty("options");
        options.GetProperty("pkce_optional").GetBoolean().ShouldBeTrue();
        options.GetProperty("refresh_idle_days").GetInt32().ShouldBe(2);
        options.GetProperty("refresh_absolute_days").GetInt32().ShouldBe(7);
    }

    [Theory]
    [Rfc("9700 s2.1.1")]
    [InlineData("PKCE is optional only", "--public", "--pkce-optional"), InlineData("1 to 180 days", "--refresh-idle-days", "0"), InlineData("1 to 180 days", "--refresh-idle-days", "181")]
    [InlineData("1 to 180 days", "--refresh-absolute-days", "181"), InlineData("1 to 180 days", "--refresh-absolute-days", "0"), InlineData("idle for longer", "--refresh-idle-days", "8", "--refresh-absolute-days", "7")]
    public async Task Options_that_contradict_the_rules_make_no_app(string sentence, params string[] options)
    {
        await using var installation = await Installation.New(On.Sqlite);

        var result = await installation.Run(["consumer", "create", "--name", "App", "--group", "Viewers", "--grant", "authorization_code", "--callback", Apps.Callback, .. options]);

        result.Exit.ShouldBe(1);
        result.Error.ShouldContain(sentence);
        (await installation.Count("consumers")).ShouldBe(0);
    }

    private sealed class Family
    {
        public Guid Id { get; init; }
        public string Scope { get; init; } = "";
        public long CompanyGeneration { get; init; }
        public long UserGeneration { get; init; }
        public long IdleExpiresAt { get; init; }
        public long ExpiresAt { get; init; }
        public byte[] CurrentHash { get; init; } = [];
        public byte[] HandleHash { get; init; } = [];
        public string Agent { get; init; } = "";
    }
}
