using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Settings.ApiConnections.Apis;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.ApiConnections.Apis;

/// <summary>Protected APIs, as the console and the command line change them.</summary>
public sealed class ApiTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_edited_api_has_another_audience_and_a_deleted_one_gets_no_tokens(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        await installation.Reveal("api", "create", "--name", "Second", "--audience", "https://second.test");
        var node = await installation.Start();
        await installation.Do("api", "edit", "Second", "--audience", "https://moved.test", "--name", "Moved");
        await node.Hear();
        (await node.Token(consumer, ("resource", "https://second.test"))).Error.ShouldBe("invalid_target");
        (await node.Token(consumer, ("resource", "https://moved.test"))).AccessToken.ShouldNotBeNull();
        (await installation.Run("api", "edit", "Moved", "--audience", "https://api.test")).Exit.ShouldBe(1);

        await installation.Do("api", "delete", "Moved");
        await node.Hear();
        (await node.Token(consumer, ("resource", "https://moved.test"))).Error.ShouldBe("invalid_target");
        (await installation.Count("api_secrets")).ShouldBe(1);
        (await node.Token(consumer)).AccessToken.ShouldNotBeNull();
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_session_that_ended_neither_sees_nor_changes_an_api(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var nobody = new Actor("somebody", "local") { Session = Guid.CreateVersion7() };
        var apis = node.App.Services.GetRequiredService<Server.Settings.ApiConnections.Apis.Apis>();

        Code(await apis.List(nobody, "Acme")).ShouldBe("signed_out");
        Code(await apis.Show(nobody, "Test API")).ShouldBe("signed_out");
        Code(await apis.Create(nobody, "New", "https://new.test", "Acme", [])).ShouldBe("signed_out");
        Code(await apis.Edit(nobody, "Test API", new ApiEdit("Other", null, null))).ShouldBe("signed_out");
        Code(await apis.AddSecret(nobody, "Test API")).ShouldBe("signed_out");
        Code(await apis.RevokeSecret(nobody, "Test API", "abcd")).ShouldBe("signed_out");
        Code(await apis.Delete(nobody, "Test API")).ShouldBe("signed_out");
        (await installation.Count("apis where name = 'Test API'")).ShouldBe(1);
        (await installation.Count("api_secrets")).ShouldBe(1);
    }

    private static string? Code<T>(Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out _, out var refusal) ? null : refusal.Error.Code;
}
