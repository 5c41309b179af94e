using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>What a code is bound to, besides the authorization.</summary>
/// <param name="RedirectUriGiven">Whether the request named the redirect URI.</param>
internal sealed record CodeBinding(string RedirectUri, bool RedirectUriGiven, string? Challenge, ScopeSet Scope, string? Audience);

/// <summary>Makes authorization codes.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"/>
internal sealed class AuthorizationCodes(TimeProvider time)
{
    /// <summary>Makes one in the caller's transaction.</summary>
    /// <param name="authorization">Live, and a person's.</param>
    /// <returns>Its locator, by which it can be taken back, and what the app gets.</returns>
    public async Task<(Guid Locator, TokenValue Code)> Issue(Session session, Authorization authorization, Generations issuedUnder, CodeBinding binding)
    {
        var now = time.GetUtcNow();
        var locator = Guid.CreateVersion7(now);
        var bytes = new byte[48];
        locator.TryWriteBytes(bytes, bigEndian: true, out _);
        RandomNumberGenerator.Fill(bytes.AsSpan(16));
        await CodeStore.Insert(session, new AuthorizationCode(
            locator,
            new SecretHash(SHA256.HashData(bytes.AsSpan(16))),
            authorization.CompanyId,
            authorization.Consumer,
            authorization.UserId!.Value,
            authorization.Id,
            binding.RedirectUri,
            binding.RedirectUriGiven,
            binding.Challenge,
            binding.Scope,
            binding.Audience,
            issuedUnder,
            now,
            now + AuthorizationCode.Lifetime));
        return (locator, new TokenValue(WireToken.Code.Write(bytes)));
    }
}
