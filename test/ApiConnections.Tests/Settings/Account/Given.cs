using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;

namespace ApiConnections.Tests.Settings.Account;

/// <summary>What hangs on a person, put into the database as the protocol endpoints leave it.</summary>
internal static class Given
{
    public static Task<TestConsumer> App(this Installation installation, params string[] options) =>
        installation.Consumer(grant: "authorization_code", options: ["--callback", "https://app.test/callback", .. options]);

    /// <summary>A live authorization.</summary>
    public static async Task<Guid> Authorization(this Installation installation, TestPerson person, TestConsumer app, string scope = "assets:view tasks:view")
    {
        var id = Guid.CreateVersion7();
        await installation.Write(async session =>
        {
            var consumer = (await ConsumerStore.Find(session, app.Key))!;
            var now = installation.Clock.GetUtcNow();
            await AuthorizationStore.Insert(session, new Authorization(id, consumer.CompanyId, app.Key, person.Id, ScopeSet.Of(scope.Split(' ')), now.AddDays(-3), null));
            await ActivityStore.WriteAuthorizations(session, [new Use(id, now.AddMinutes(-3), "203.0.113.9", "", 5)]);
        });
        return id;
    }

    /// <summary>A live token family: a device.</summary>
    public static async Task<Guid> Device(this Installation installation, TestPerson person, TestConsumer app, Guid authorization, string agent = "FieldApp/1.0")
    {
        var id = Guid.CreateVersion7();
        var now = installation.Clock.GetUtcNow();
        await installation.Execute(
            """
            insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, company_generation, consumer_generation, user_generation,
                current_hash, created_at, idle_expires_at, expires_at, ip, agent)
            select @id, @handle, u.company_id, @consumer, u.id, @authorization, 'tasks:view', 1, 1, 1, @handle, @created, @expires, @expires, '203.0.113.7', @agent
            from users u where u.id = @person
            """,
            new
            {
                id,
                handle = RandomNumberGenerator.GetBytes(32),
                consumer = app.Key,
                authorization,
                person = person.Id,
                agent,
                created = now.AddHours(-2).ToUnix(),
                expires = now.AddDays(30).ToUnix(),
            });
        return id;
    }

    public static Task<long> LiveAuthorizations(this Installation installation) => installation.Count("authorizations where status = 'live' and user_id is not null");

    public static Task<long> LiveDevices(this Installation installation) => installation.Count("token_families where ended_at is null");
}
