using ApiConnections.Benchmarks.Token;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Benchmarks.People;

/// <summary>Makes people who are signed in, straight in the database.</summary>
internal static class SignedInPeople
{
    /// <returns>The value of each one's session cookie.</returns>
    public static async Task<IReadOnlyList<string>> Make(BenchInstallation installation, string app, int count, UserRole role = UserRole.User)
    {
        await using var database = installation.Open();
        var sessions = new Sessions(database, TimeProvider.System);
        var made = await database.Write<List<string>>(async session =>
        {
            var consumer = (await ConsumerStore.Find(session, app))!;
            var cookies = new List<string>();
            for (var i = 0; i < count; i++)
            {
                var now = TimeProvider.System.GetUtcNow();
                var id = Guid.CreateVersion7(now);
                var user = new User(id, consumer.CompanyId, $"{id:N}@bench.test", "Bench", role, consumer.GroupId, UserStatus.Active, 1, 1, now);
                await UserStore.Insert(session, user);
                cookies.Add((await sessions.Begin(session, user, SecurityPolicy.Default, "pwd", "127.0.0.1", "bench")).Cookie);
            }

            return cookies;
        });
        return made.TryGet(out var all, out _) ? all : throw new InvalidOperationException("The people were refused.");
    }
}
