using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Tests.Support;
using Microsoft.AspNetCore.Http.Extensions;

namespace ApiConnections.Console.Tests;

/// <summary>A running server with a person who has a password, and an app of the same company that sends people here.</summary>
public sealed class Site : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private Site(Installation installation, Node node, CallbackSite app, TestConsumer consumer, string email) =>
        (Installation, Node, App, Consumer, Email) = (installation, node, app, consumer, email);

    public Installation Installation { get; }

    public Node Node { get; }

    internal CallbackSite App { get; }

    public TestConsumer Consumer { get; }

    public string Email { get; }

    /// <summary>What the app keeps to itself until it redeems the code.</summary>
    public string Verifier { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static Task<Site> Start(string? appGoesOnTo = null, params string[] options) => Start([], appGoesOnTo, options);

    /// <summary>Reached by a name, so that browsers make passkeys for it.</summary>
    public static Task<Site> StartOnLocalhost() => Start(Node.OnLocalhost, null, []);

    private static async Task<Site> Start((string Name, string? Value)[] settings, string? appGoesOnTo, string[] options)
    {
        var installation = await Installation.New(On.Sqlite);
        var app = await CallbackSite.Start(appGoesOnTo);
        await installation.Do("group", "create", "--name", "Technicians", "--scopes", "assets:view tasks:view tasks:edit warehouses:view");
        var made = await installation.Reveal(["consumer", "create", "--company", "Acme", "--name", "Field app", "--grant", "authorization_code", "--group", "Technicians", "--description", "Shows technicians their work orders and closes them.", "--callback", app.Callback, "--required-scopes", "tasks:view", .. options]);
        var consumer = new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString() ?? "", "Field app", made.GetProperty("scope").GetString()!);
        const string Email = "ana.torres@acme.test";
        await installation.DoWith(Password, "user", "create", "--company", "Acme", "--email", Email, "--name", "Ana Torres", "--role", "user", "--group", "Technicians");
        return new Site(installation, await installation.Start(settings: settings), app, consumer, Email);
    }

    /// <summary>The same for another person, who has granted nothing yet and has the same password.</summary>
    public async Task<Site> AsSomebodyElse()
    {
        var email = $"ana.torres.{Guid.CreateVersion7():N}@acme.test";
        await Installation.Execute(
            $"""
            insert into users (id, company_id, email, email_key, name, role, group_id, status, generation, grants_from, created_at, password_hash, stamp)
            select randomblob(16), company_id, '{email}', '{email}', name, role, group_id, status, 1, 1, created_at, password_hash, stamp from users where email = '{Email}'
            """);
        return new Site(Installation, Node, App, Consumer, email);
    }

    /// <summary>Where the app sends a person's browser.</summary>
    public string Authorize(params (string Name, string Value)[] parameters)
    {
        var all = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = Consumer.Key,
            ["redirect_uri"] = App.Callback,
            ["scope"] = "tasks:view tasks:edit assets:view",
            ["state"] = "the app's state",
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in parameters)
            all[name] = value;

        return Node.Issuer + "/oauth/authorize" + new QueryBuilder(all).ToQueryString();
    }

    /// <summary>The app redeems the code that the browser brought it.</summary>
    public async Task<TokenAnswer> Redeem()
    {
        var answer = await Node.Post(
            [("grant_type", "authorization_code"), ("code", App.Answer["code"]), ("redirect_uri", App.Callback), ("code_verifier", Verifier)], Node.Basic(Consumer.Key, Consumer.Secret));
        if (answer.Text("refresh_token") is { } refresh)
            Installation.Watch(refresh);

        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Installation.DisposeAsync();
    }
}
