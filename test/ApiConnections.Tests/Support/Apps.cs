using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Tests.Support;

/// <summary>What a person's consent would have given the app, made in the database: a live authorization and a code.</summary>
internal sealed record TestCode(string Code, Guid Locator, Guid AuthorizationId, string? Verifier, string RedirectUri);

/// <summary>How a test wants its code.</summary>
internal sealed record CodeWish
{
    public string RedirectUri { get; init; } = Apps.Callback;

    /// <summary>Whether the request named the redirect URI.</summary>
    public bool RedirectUriGiven { get; init; } = true;

    public bool Pkce { get; init; } = true;

    public string Scope { get; init; } = "assets:view tasks:view";

    public string? Audience { get; init; }
}

/// <summary>Apps that act for people.</summary>
internal static class Apps
{
    public const string Callback = "https://app.test/callback";

    /// <summary>An app with a callback, confidential unless the options say otherwise.</summary>
    public static Task<TestConsumer> App(this Installation installation, params string[] options) =>
        installation.Consumer(grant: "authorization_code", options: ["--callback", Callback, .. options]);

    /// <summary>A code as the authorization endpoint issues it, by the node's clock.</summary>
    public static async Task<TestCode> Code(this Node node, Installation installation, TestConsumer app, TestPerson person, CodeWish? wish = null)
    {
        wish ??= new();
        var verifier = wish.Pkce ? NewVerifier() : null;
        var outcome = await node.App.Services.GetRequiredService<IDatabase>().Write<TestCode>(async session =>
        {
            var authorization = await Authorization(session, node, app, person);
            var consumer = (await ConsumerStore.Find(session, app.Key))!;
            var generations = new Generations((await CompanyStore.Find(session, consumer.CompanyId))!.Generation, consumer.Generation, (await UserStore.Find(session, person.Id))!.Generation);
            var (code, now) = (node.App.Services.GetRequiredService<AuthorizationCodes>().New(), installation.Clock.GetUtcNow());
            // Straight into the table: more of them than one person may have at a time.
            await CodeStore.Insert(session, [new AuthorizationCode(
                code.Locator, code.Hash, consumer.CompanyId, consumer.Key, person.Id, authorization.Id, wish.RedirectUri, wish.RedirectUriGiven,
                verifier is null ? null : Challenge(verifier), ScopeSet.Of(wish.Scope.Split(' ')), wish.Audience, generations, now, now + AuthorizationCode.Lifetime)]);
            return new TestCode(code.Value.Reveal(), code.Locator, authorization.Id, verifier, wish.RedirectUri);
        });
        outcome.TryGet(out var made, out _);
        installation.Watch(made!.Code);
        if (verifier is not null)
            installation.Watch(verifier);

        return made;
    }

    /// <summary>Redeems it as the app that it was issued to, with changes: a null takes a parameter away.</summary>
    public static async Task<TokenAnswer> Redeem(this Node node, Installation installation, TestConsumer app, TestCode code, params (string Name, string? Value)[] changes)
    {
        var answer = await node.Post(Form(app, code, changes), app.Secret.Length > 0 ? Node.Basic(app.Key, app.Secret) : null);
        if (answer.Text("refresh_token") is { } refresh)
            installation.Watch(refresh);

        return answer;
    }

    public static (string Name, string Value)[] Form(TestConsumer app, TestCode code, params (string Name, string? Value)[] changes)
    {
        (string Name, string? Value)[] whole =
        [
            ("grant_type", "authorization_code"), ("code", code.Code), ("redirect_uri", code.RedirectUri), ("code_verifier", code.Verifier), ("client_id", app.Secret.Length > 0 ? null : app.Key),
        ];
        return [.. whole.Where(parameter => !Array.Exists(changes, change => change.Name == parameter.Name)).Concat(changes)
            .Where(parameter => parameter.Value is not null).Select(parameter => (parameter.Name, parameter.Value!))];
    }

    public static string NewVerifier() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    private static async Task<Authorization> Authorization(Session session, Node node, TestConsumer app, TestPerson person)
    {
        if (await session.Find<IdRow>("select id from authorizations where consumer = @Key and user_id = @Id and status = 'live'", new { app.Key, person.Id }) is { } live)
            return (await AuthorizationStore.Find(session, live.Id))!;

        var now = node.App.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var made = new Authorization(Guid.CreateVersion7(now), (await ConsumerStore.Find(session, app.Key))!.CompanyId, app.Key, person.Id, ScopeSet.Of("assets:view", "tasks:view"), now, null);
        await AuthorizationStore.Insert(session, made);
        return made;
    }

    private sealed class IdRow
    {
        public Guid Id { get; init; }
    }
}
