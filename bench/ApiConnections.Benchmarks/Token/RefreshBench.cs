using System.Runtime.InteropServices;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Devices made beforehand as they are after an hour of use, each refreshed once, durable.</summary>
internal static class RefreshBench
{
    private const int DevicesPerPerson = 4; // well below their bound

    public static Task Run(string[] engines) => new BesideTokens("refresh with rotation, durable").Run(engines, async installation =>
    {
        var app = await installation.App();
        return ((_, count) => Forms(installation, app, count), new Target());
    });

    /// <summary>Devices of the app, as the bodies of the requests that refresh them.</summary>
    public static async Task<Forms> Forms(BenchInstallation installation, string app, int count)
    {
        await using var database = installation.Open();
        var consumer = (await database.Read(session => ConsumerStore.Find(session, app)))!;
        return await Make(database, consumer, count);
    }

    private static async Task<Forms> Make(IDatabase database, Consumer consumer, int count)
    {
        const int Batch = 2000;
        var forms = new List<string>(count);
        while (forms.Count < count)
        {
            var made = await database.Write<List<Device>>(async session =>
            {
                var devices = new List<Device>();
                for (var i = 0; i < Batch; i += DevicesPerPerson)
                {
                    var authorization = await CodeForms.Person(session, consumer);
                    for (var j = 0; j < DevicesPerPerson; j++)
                        devices.Add(new Device(authorization, RefreshToken.New()));
                }

                await Insert(session, consumer, devices);
                return devices;
            });
            made.TryGet(out var more, out _);
            forms.AddRange(more!.Take(count - forms.Count).Select(device => $"grant_type={GrantTypes.RefreshToken}&client_id={consumer.Key}&refresh_token={device.Token.ToValue().Reveal()}"));
        }

        // Devices come back in no order.
        Random.Shared.Shuffle(CollectionsMarshal.AsSpan(forms));
        return new Forms(forms, MayRepeat: false);
    }

    private static async Task Insert(Session session, Consumer consumer, List<Device> devices)
    {
        var now = TimeProvider.System.GetUtcNow();
        var before = now.AddHours(-1);
        await ActivityStore.WriteAuthorizations(session, [.. devices.GroupBy(device => device.Authorization.Id).Select(group => new Use(group.Key, before, "127.0.0.1", "", DevicesPerPerson)).OrderBy(use => use.Id)]);
        var given = new GivenRows()
            .With("id", devices.Select(_ => Guid.CreateVersion7(before)))
            .With("handle", devices.Select(device => device.Token.Handle.Bytes))
            .With("user_id", devices.Select(device => device.Authorization.UserId!.Value))
            .With("authorization_id", devices.Select(device => device.Authorization.Id))
            .With("scope", devices.Select(device => device.Authorization.Scope.ToString()))
            .With("current", devices.Select(device => device.Token.Secret.Bytes))
            .With("previous", devices.Select(device => device.Last.Secret.Bytes))
            .With("sealed", devices.Select(device => device.Last.Seal(device.Token)));
        await session.Execute(
            $"""
            insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, company_generation, consumer_generation, user_generation,
                current_hash, previous_hash, sealed_successor, rotated_at, created_at, idle_expires_at, expires_at, ip, agent)
            select given.id, given.handle, @company, @consumer, given.user_id, given.authorization_id, given.scope, 1, 1, 1,
                given.current, given.previous, given.sealed, @before, @before, @later, @later, '127.0.0.1', ''
            from {given.Sql(session.Engine)}
            """,
            given.Parameters(
                session.Engine,
                ("company", consumer.CompanyId),
                ("consumer", consumer.Key),
                ("before", before.ToUnixTimeMilliseconds()),
                ("later", now.AddDays(30).ToUnixTimeMilliseconds())));
    }

    private sealed record Device(Authorization Authorization, RefreshToken Last)
    {
        public RefreshToken Token { get; } = Last.Next();
    }
}
