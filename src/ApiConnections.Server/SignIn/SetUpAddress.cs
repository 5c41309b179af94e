using System.Security.Cryptography;
using System.Text;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.SignIn;

/// <summary>The one-time address for the first person of an installation: whoever can read the program's console may use it, once, within a day.</summary>
internal sealed class SetUpAddress(IDatabase database, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    public const string Path = "/setup/";
    private const int Characters = 43; // 62^43 > 2^256
    private static readonly TimeSpan lifetime = TimeSpan.FromHours(24);
    private volatile bool someoneSeen;

    /// <summary>Makes an address, which is the only one from now on, and says it in a sentence; null where there are people already.</summary>
    public async Task<string?> Announce()
    {
        if (await IsSomeoneThere())
            return null;

        var token = Base62.Random(Characters);
        var opened = await database.Write<bool>(async session => await SetUpStore.Open(session, Hash(token)!, time.GetUtcNow() + lifetime));
        return opened.TryGet(out var open, out _) && open ? $"Nobody can sign in yet. Make the first person within 24 hours at {issuer.Value.Address(Path + token)}" : null;
    }

    /// <summary>Whether somebody can sign in already. Once that is so it stays so.</summary>
    public async Task<bool> IsSomeoneThere() => someoneSeen || (someoneSeen = await database.Read(UserStore.Any));

    /// <summary>Whether it is the address, unused and in time.</summary>
    public async Task<bool> IsOpen(string? token) => Hash(token) is { } hash && await database.Read(session => SetUpStore.IsOpen(session, hash, time.GetUtcNow()));

    /// <summary>Uses it up in the caller's transaction.</summary>
    public async Task<bool> Take(Session session, string? token) => Hash(token) is { } hash && await SetUpStore.Take(session, hash, time.GetUtcNow());

    private static byte[]? Hash(string? token) => token is { Length: Characters } && Ascii.IsValid(token) ? SHA256.HashData(Encoding.ASCII.GetBytes(token)) : null;
}
