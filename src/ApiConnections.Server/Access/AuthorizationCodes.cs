using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>What a code is bound to, besides the authorization.</summary>
/// <param name="RedirectUriGiven">Whether the request named the redirect URI.</param>
internal sealed record CodeBinding(string RedirectUri, bool RedirectUriGiven, string? Challenge, ScopeSet Scope, string? Audience);

/// <summary>A code that was made and is not issued yet.</summary>
/// <param name="Locator">By which it can be taken back.</param>
/// <param name="Value">What the app gets.</param>
internal sealed record NewCode(Guid Locator, SecretHash Hash, TokenValue Value);

/// <summary>A code to be issued, under an authorization that is live, and a person's.</summary>
internal sealed record CodeToIssue(NewCode Code, Authorization Authorization, Generations IssuedUnder, CodeBinding Binding);

/// <summary>Makes authorization codes.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"/>
internal sealed class AuthorizationCodes(TimeProvider time)
{
    /// <summary>RFC 6819 s4.4.1.11: unredeemed codes of one app and person at a time.</summary>
    private const int MostUnredeemed = 5;

    public NewCode New()
    {
        var locator = Guid.CreateVersion7(time.GetUtcNow());
        var bytes = new byte[48];
        locator.TryWriteBytes(bytes, bigEndian: true, out _);
        RandomNumberGenerator.Fill(bytes.AsSpan(16));
        return new NewCode(locator, new SecretHash(SHA256.HashData(bytes.AsSpan(16))), new TokenValue(WireToken.Code.Write(bytes)));
    }

    /// <summary>Issues these in the caller's transaction; where an app has too many for a person the oldest are taken back.</summary>
    public async Task Issue(Session session, IReadOnlyList<CodeToIssue> issued)
    {
        var now = time.GetUtcNow();
        await CodeStore.Insert(session, [.. issued.Select(code => Stored(code, now))]);
        await CodeStore.EndAllBut(session, [.. issued.Select(code => code.Authorization.Id).Distinct().Order()], MostUnredeemed, now);
    }

    private static AuthorizationCode Stored(CodeToIssue issued, DateTimeOffset now) => new(
        issued.Code.Locator,
        issued.Code.Hash,
        issued.Authorization.CompanyId,
        issued.Authorization.Consumer,
        issued.Authorization.UserId!.Value,
        issued.Authorization.Id,
        issued.Binding.RedirectUri,
        issued.Binding.RedirectUriGiven,
        issued.Binding.Challenge,
        issued.Binding.Scope,
        issued.Binding.Audience,
        issued.IssuedUnder,
        now,
        now + AuthorizationCode.Lifetime);
}
