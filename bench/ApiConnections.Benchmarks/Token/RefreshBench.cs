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
        var database = installation.Open();
        var app = await installation.App();
        var consumer = (await database.Read(session => ConsumerStore.Find(session, app)))!;
        return ((_, count) => Make(database, consumer, count), new Target());
    });

    private static async Task<Forms> Make(IDatabase database, Consumer consumer, int count)
    {
        const int Batch = 2000;
        var forms = new List<string>(count);
        while (forms.Count < count)
        {
            var made = await database.Write<List<string>>(async session =>
            {
                var batch = new List<string>();
                for (var i = 0; i < Batch; i += DevicesPerPerson)
                    await MakeOf(session, consumer, await CodeForms.Person(session, consumer), batch);

                return batch;
            });
            made.TryGet(out var more, out _);
            forms.AddRange(more!.Take(count - forms.Count));
        }

        // Devices come back in no order.
        Random.Shared.Shuffle(CollectionsMarshal.AsSpan(forms));
        return new Forms(forms, MayRepeat: false);
    }

    private static async Task MakeOf(Session session, Consumer consumer, Authorization authorization, List<string> forms)
    {
        var now = TimeProvider.System.GetUtcNow();
        var before = now.AddHours(-1);
        await ActivityStore.WriteAuthorizations(session, [new Use(authorization.Id, before, "127.0.0.1", "", DevicesPerPerson)]);
        for (var i = 0; i < DevicesPerPerson; i++)
        {
            var last = RefreshToken.New();
            var token = last.Next();
            await session.Execute(
                """
                insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, company_generation, consumer_generation, user_generation,
                    current_hash, previous_hash, sealed_successor, rotated_at, created_at, idle_expires_at, expires_at, ip, agent)
                values (@family, @handle, @CompanyId, @Key, @UserId, @Id, @scope, 1, 1, 1, @secret, @lastSecret, @box, @before, @before, @later, @later, '127.0.0.1', '')
                """,
                new
                {
                    family = Guid.CreateVersion7(now),
                    handle = token.Handle.Bytes,
                    consumer.CompanyId,
                    consumer.Key,
                    authorization.UserId,
                    authorization.Id,
                    scope = authorization.Scope.ToString(),
                    secret = token.Secret.Bytes,
                    lastSecret = last.Secret.Bytes,
                    box = last.Seal(token),
                    before = before.ToUnixTimeMilliseconds(),
                    later = now.AddDays(30).ToUnixTimeMilliseconds(),
                });
            forms.Add($"grant_type={GrantTypes.RefreshToken}&client_id={consumer.Key}&refresh_token={token.ToValue().Reveal()}");
        }
    }
}
