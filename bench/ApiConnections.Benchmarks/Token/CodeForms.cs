using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Makes people, their authorizations and codes straight in the database, and the forms that redeem them.</summary>
internal sealed class CodeForms(IDatabase database, Consumer consumer)
{
    private const string Callback = "https://app.bench/callback";

    public static async Task<CodeForms> Prepare(BenchInstallation installation, string app)
    {
        var database = installation.Open();
        return new CodeForms(database, (await database.Read(session => ConsumerStore.Find(session, app)))!);
    }

    /// <summary>Codes that live for an hour, each with its verifier, as bodies of requests.</summary>
    public async Task<Forms> Make(int count, int codesPerPerson)
    {
        const int Batch = 2000;
        var forms = new List<string>(count);
        while (forms.Count < count)
        {
            var made = await database.Write<List<string>>(async session =>
            {
                var (batch, codes) = (new List<string>(), new List<AuthorizationCode>());
                for (var i = 0; i < Batch; i += codesPerPerson)
                    MakeOf(await Person(session, consumer), codesPerPerson, batch, codes);

                await CodeStore.Insert(session, codes);
                return batch;
            });
            made.TryGet(out var more, out _);
            forms.AddRange(more!.Take(count - forms.Count));
        }

        return new Forms(forms, MayRepeat: false);
    }

    /// <summary>Somebody who has allowed the app.</summary>
    public static async Task<Authorization> Person(Session session, Consumer consumer)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await UserStore.Insert(session, new User(id, consumer.CompanyId, $"{id:N}@bench.test", "Bench", UserRole.User, consumer.GroupId, UserStatus.Active, 1, 1, now));
        var authorization = new Authorization(Guid.CreateVersion7(now), consumer.CompanyId, consumer.Key, id, ScopeSet.Of("assets:view", "tasks:view"), now, null);
        await AuthorizationStore.Insert(session, authorization);
        return authorization;
    }

    private void MakeOf(Authorization authorization, int count, List<string> forms, List<AuthorizationCode> codes)
    {
        for (var i = 0; i < count; i++)
        {
            var now = TimeProvider.System.GetUtcNow();
            var locator = Guid.CreateVersion7(now);
            byte[] bytes = [.. locator.ToByteArray(bigEndian: true), .. RandomNumberGenerator.GetBytes(32)];
            var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            codes.Add(new AuthorizationCode(
                locator, new SecretHash(SHA256.HashData(bytes.AsSpan(16))), consumer.CompanyId, consumer.Key, authorization.UserId!.Value, authorization.Id, Callback, true,
                Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))), authorization.Scope, null, new Generations(1, 1, 1), now, now.AddHours(1)));
            forms.Add(
                $"grant_type=authorization_code&client_id={consumer.Key}&code={WireToken.Code.Write(bytes)}&redirect_uri={Uri.EscapeDataString(Callback)}&code_verifier={verifier}");
        }
    }
}
