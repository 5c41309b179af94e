using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Introspection;

[Rfc("7662 s2")]
public sealed class IntrospectionTests
{
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(9);

    [Theory, Engines]
    [Rfc("7662 s2.2")]
    public async Task An_API_learns_of_a_persons_token_what_stands_in_it_and_who_the_person_is(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person, new() { Audience = "https://mine.test" });

        var answer = await node.Introspect(installation, api, device.AccessToken);

        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Headers["Content-Type"].ShouldBe("application/json");
        answer.Headers["Cache-Control"].ShouldBe("no-store");
        answer.Headers.Keys.ShouldNotContain("Access-Control-Allow-Origin");
        answer.Body.EnumerateObject().Select(member => member.Name).ShouldBe(
            ["active", "scope", "client_id", "sub", "username", "company", "authorization_id", "iat", "exp", "iss", "aud", "token_type"]);
        answer.Body.GetProperty("active").GetBoolean().ShouldBeTrue();
        foreach (var claim in new[] { "scope", "client_id", "sub", "company", "authorization_id", "iat", "exp", "iss", "aud" })
            answer.Body.GetProperty(claim).GetRawText().ShouldBe(device.Claims.GetProperty(claim).GetRawText(), claim);
        answer.Text("username").ShouldBe(person.Email);
        answer.Text("token_type").ShouldBe("Bearer");
    }

    [Theory, Engines]
    public async Task Of_a_programs_token_it_learns_the_same_without_a_person(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start();
        var program = await installation.Consumer();
        var token = await node.Token(program, ("resource", "https://mine.test"));

        var answer = await node.Introspect(installation, api, token.AccessToken);

        answer.Body.EnumerateObject().Select(member => member.Name).ShouldBe(["active", "scope", "client_id", "sub", "company", "authorization_id", "iat", "exp", "iss", "aud", "token_type"]);
        answer.Text("sub").ShouldBe("consumer:" + program.Key);
    }

    [Theory, Engines]
    public async Task A_token_seen_before_lends_nothing_to_one_that_differs_in_a_letter_to_another_API_or_to_its_own_end(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (api, other) = (await installation.ApiFor("https://mine.test"), await installation.ApiFor("https://other.test"));
        var node = await installation.Start();
        var token = (await node.Token(await installation.Consumer(), ("resource", "https://mine.test"))).AccessToken!;
        for (var i = 0; i < 2; i++)
            (await node.Introspect(installation, api, token)).Text("active").ShouldBe("True");

        var payload = token.IndexOf('.', StringComparison.Ordinal) + 1;
        foreach (var place in new[] { 0, payload - 2, payload, (payload + token.LastIndexOf('.')) / 2, token.LastIndexOf('.') + 1, token.Length - 3 })
            (await node.Introspect(installation, api, token[..place] + (token[place] == 'A' ? 'B' : 'A') + token[(place + 1)..])).Text("active").ShouldBe("False", $"letter {place}");

        (await node.Introspect(installation, other, token)).Text("active").ShouldBe("False");
        (await node.Introspect(installation, api, token)).Text("active").ShouldBe("True");
        installation.Clock.Advance(TimeSpan.FromHours(1));
        (await node.Introspect(installation, api, token)).Text("active").ShouldBe("False");
    }

    [Theory, Engines]
    public async Task A_consumer_may_look_at_its_own_access_and_refresh_tokens(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App("--refresh-idle-days", "2", "--refresh-absolute-days", "7"), await node.Person());
        var device = await node.Connect(installation, app, person);

        (await node.Introspect(installation, app, device.AccessToken)).Text("active").ShouldBe("True");
        var refresh = await node.Introspect(installation, app, device.RefreshToken, ("token_type_hint", "access_token"));

        refresh.Body.EnumerateObject().Select(member => member.Name).ShouldBe(["active", "scope", "client_id", "sub", "username", "company", "authorization_id", "iat", "exp", "iss"]);
        refresh.Text("active").ShouldBe("True");
        refresh.Text("sub").ShouldBe(person.Id.ToString());
        (refresh.Body.GetProperty("exp").GetInt64() - refresh.Body.GetProperty("iat").GetInt64()).ShouldBe(2 * 86_400);
    }

    [Theory, Engines]
    [Rfc("7662 s4")]
    public async Task Whom_a_token_does_not_concern_learns_nothing_but_that_it_is_not_active_and_it_goes_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var (mine, others) = (await installation.ApiFor("https://mine.test"), await installation.ApiFor("https://others.test"));
        var foreign = await installation.ApiFor("https://foreign.test", "--company", "Other");
        var node = await installation.Start();
        var (app, program, another, person) = (await installation.App(), await installation.Consumer(), await installation.Consumer(), await node.Person());
        var device = await node.Connect(installation, app, person, new() { Audience = "https://mine.test" });
        var machine = await node.Token(program, ("resource", "https://mine.test"));
        // As if it had been this company's alone from the beginning.
        await installation.Execute("update apis set company_id = (select id from companies where name = 'Other') where audience = 'https://foreign.test'");

        (TestConsumer Caller, string? Token)[] asked =
        [
            (others, device.AccessToken), (foreign, device.AccessToken), (another, device.AccessToken), (others, machine.AccessToken), (another, machine.AccessToken), (app, machine.AccessToken),
            (mine, device.RefreshToken), (another, device.RefreshToken), (program, device.RefreshToken), (mine, "zqx"), (mine, "acr_zqx"), (app, "zqx"), (mine, new string('z', 8000)),
        ];
        foreach (var (caller, token) in asked)
            (await node.Introspect(installation, caller, token)).Body.GetRawText().ShouldBe("{\"active\":false}");

        (await node.Introspect(installation, mine, device.AccessToken)).Text("active").ShouldBe("True");
        (await node.Introspect(installation, mine, machine.AccessToken)).Text("active").ShouldBe("True");
        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task An_API_of_one_company_is_told_of_that_companys_tokens_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var api = await installation.ApiFor("https://mine.test", "--company", "Acme");
        var node = await installation.Start();
        var program = await installation.Consumer();
        var token = await node.Token(program, ("resource", "https://mine.test"));
        (await node.Introspect(installation, api, token.AccessToken)).Text("active").ShouldBe("True");

        await installation.Execute("update apis set company_id = (select id from companies where name = 'Other') where audience = 'https://mine.test'");
        await node.Stop();
        await using var second = await installation.Start(settings: ("ApiConnections:Issuer", node.Issuer));

        (await second.Introspect(installation, api, token.AccessToken)).Body.GetRawText().ShouldBe("{\"active\":false}");
    }

    [Theory, Engines]
    public async Task Looking_at_a_token_that_was_replaced_ends_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var first = await node.Connect(installation, app, person);
        var second = await node.Refresh(installation, app, first.RefreshToken);

        (await node.Introspect(installation, app, first.RefreshToken)).Text("active").ShouldBe("True", "it is still answered");
        installation.Clock.Advance(TimeSpan.FromSeconds(31));
        (await node.Introspect(installation, app, first.RefreshToken)).Text("active").ShouldBe("False");
        (await node.Introspect(installation, app, Devices.Forged(first.RefreshToken!))).Text("active").ShouldBe("False");

        (await node.Introspect(installation, app, second.RefreshToken)).Text("active").ShouldBe("True");
        (await node.Refresh(installation, app, second.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task A_token_is_active_until_the_second_of_its_end(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        installation.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(installation.Clock.GetUtcNow().ToUnixTimeSeconds() + 1));
        var (app, person) = (await installation.App("--access-token-minutes", "1", "--refresh-idle-days", "1"), await node.Person());
        var device = await node.Connect(installation, app, person);

        installation.Clock.Advance(TimeSpan.FromSeconds(59));
        (await node.Introspect(installation, app, device.AccessToken)).Text("active").ShouldBe("True");
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        (await node.Introspect(installation, app, device.AccessToken)).Text("active").ShouldBe("False");
        installation.Clock.Advance(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(61));
        (await node.Introspect(installation, app, device.RefreshToken)).Text("active").ShouldBe("True");
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        (await node.Introspect(installation, app, device.RefreshToken)).Text("active").ShouldBe("False");
    }

    [Theory, Engines]
    [Rfc("7515 s5.2", "8725 s3.1")]
    public async Task Peer_45_A_token_that_was_changed_or_signed_otherwise_is_not_active(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var program = await installation.Consumer();
        var token = (await node.Token(program)).AccessToken!;
        var parts = token.Split('.');
        var payload = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));
        var header = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[0]));

        string[] wrong =
        [
            $"{parts[0]}.{Encode(payload.Replace("tasks:view", "tasks:edit", StringComparison.Ordinal))}.{parts[2]}",
            $"{Encode(header.Replace("ES256", "none", StringComparison.Ordinal))}.{parts[1]}.",
            $"{Encode(header.Replace("ES256", "HS256", StringComparison.Ordinal))}.{parts[1]}.{parts[2]}",
            $"{Encode(header.Replace("at+jwt", "JWT", StringComparison.Ordinal))}.{parts[1]}.{parts[2]}",
            $"{Encode("{" + header[1..^1] + ",\"jku\":\"https://zqx.test\"}")}.{parts[1]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{new string('A', 86)}", $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}", $"{parts[0]}.{parts[1]}.{parts[2]}==", token + " ", " " + token, token.ToUpperInvariant(),
        ];
        foreach (var other in wrong)
            (await node.Introspect(installation, program, other)).Body.GetRawText().ShouldBe("{\"active\":false}");

        (await node.Introspect(installation, program, token)).Text("active").ShouldBe("True");
    }

    [Theory, Engines]
    public async Task Each_of_many_who_ask_at_once_gets_the_answer_for_its_own_token(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var devices = new List<TokenAnswer>();
        for (var i = 0; i < 10; i++)
            devices.Add(await node.Connect(installation, app, person));
        for (var i = 0; i < 10; i += 3)
            await node.Revoke(installation, app, devices[i].RefreshToken);
        await node.Revoke(installation, app, devices[4].AccessToken);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => node.Introspect(installation, app, devices[i % 10].AccessToken)));

        for (var i = 0; i < answers.Length; i++)
            answers[i].Text("active").ShouldBe(i % 10 % 3 == 0 || i % 10 == 4 ? "False" : "True", $"{i}");
    }

    [Theory, Engines]
    public async Task Why_a_token_is_not_active_is_told_to_the_owner_of_the_consumer_that_asked(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, other, person) = (await installation.App(), await installation.App(), await node.Person());
        var device = await node.Connect(installation, app, person);
        await node.Introspect(installation, other, device.AccessToken);
        await node.Revoke(installation, app, device.AccessToken);
        await node.Introspect(installation, app, device.AccessToken);
        await node.Stop();

        async Task<string?[]> Details(TestConsumer consumer) => [.. (await installation.Do("consumer", "requests", consumer.Key)).EnumerateArray()
            .Where(entry => entry.GetProperty("endpoint").GetString() == "introspect" && entry.GetProperty("outcome").GetString() == "inactive").Select(entry => entry.GetProperty("detail").GetString())];
        (await Details(other)).ShouldBe(["The token was issued to another consumer."]);
        (await Details(app)).ShouldBe(["The token was revoked."]);
    }

    [Theory, OnlyPostgres]
    public async Task While_the_database_is_away_nothing_is_said_to_be_active_or_not(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var program = await installation.Consumer();
        await node.Hear();
        var token = await node.Token(program);
        (await node.Introspect(installation, program, token.AccessToken)).Text("active").ShouldBe("True");

        network.Cut();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => node.Introspect(installation, program, token.AccessToken)));

        foreach (var answer in answers)
            answer.ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable", anyOrigin: false);
        network.Restore();
        await Within(healed, async () => (await node.Introspect(installation, program, token.AccessToken)).Text("active") == "True", "it heals by itself");
    }

    [Theory, OnlyPostgres]
    public async Task What_another_node_has_signed_with_a_key_of_a_moment_ago_is_known_at_the_first_try(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var program = await installation.Consumer();
        var old = await node.Token(program);
        await node.Deafen();

        await installation.Do("keys", "rotate", "--compromised");
        await using var other = await installation.Start(settings: ("ApiConnections:Issuer", node.Issuer));
        var fresh = await other.Token(program);

        (await node.Introspect(installation, program, fresh.AccessToken)).Text("active").ShouldBe("True");
        (await node.Introspect(installation, program, old.AccessToken)).Text("active").ShouldBe("False");
    }
}
