using System.Diagnostics.CodeAnalysis;
using ApiConnections.Protocol;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ApiConnections.ResourceServer;

/// <summary>Decides whether an access token is good now.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9068#section-4"/>
// Hot path: resource-server
internal sealed class AccessTokenCheck(IssuerKeys keys, Revocations revocations, Introspection introspection, TimeProvider clock)
{
    /// <summary>How far the clocks of issuer and API may differ, in seconds.</summary>
    public const int ClockSkew = 10;

    private static readonly JsonWebTokenHandler verifier = new() { MapInboundClaims = false };

    /// <summary>Allocates nothing for a token seen before.</summary>
    public ValueTask<Outcome<AccessToken>> Check(ReadOnlySpan<char> token, CancellationToken aborted)
    {
        var now = Now();
        if (keys.Current is { } trusted && now < trusted.GoodUntil && trusted.Verified.TryGet(token, out var known))
            return revocations.IsStale ? new(AskAbout(token.ToString(), Judge(known, now))) : new(Judge(known, now));

        return BearerToken.LooksSigned(token) ? new(Verify(token.ToString(), aborted)) : new(Refusals.Malformed);
    }

    /// <summary>What must hold at every single request, for a token seen before as for a new one.</summary>
    private Outcome<AccessToken> Judge(AccessToken token, long now)
    {
        if (now >= token.Expires + ClockSkew)
            return Of(token, Refusals.Expired);

        return revocations.IsRevoked(token) ? Of(token, Refusals.Revoked) : token;
    }

    /// <summary>What was not heard may be a revocation: the issuer knows, or nobody does.</summary>
    private async Task<Outcome<AccessToken>> AskAbout(string text, Outcome<AccessToken> judged)
    {
        if (!judged.TryGet(out var token, out var refusal))
            return refusal;

        return await introspection.IsActive(text, token) switch
        {
            true => token,
            false => Of(token, Refusals.Revoked),
            null => Refusals.Stale,
        };
    }

    // Whose token it was, for the consumer's owner; never told to the caller.
    private static Refusal Of(AccessToken token, Refusal refusal) => refusal.Against(null, token.ClientId);

    private async Task<Outcome<AccessToken>> Verify(string text, CancellationToken aborted)
    {
        if (!TryParse(text, out var token))
            return Refusals.Malformed;

        // RFC 8725 s3.1: the algorithm is ours to choose. Looked at before the key, so that no other token makes us ask for keys.
        // RFC 7515 s4.1.11: what a token calls critical must be understood, and nothing is.
        if (token.Alg != AccessTokenClaims.Algorithm || string.IsNullOrEmpty(token.Kid) || token.TryGetHeaderValue<object>("crit", out _))
            return Refusals.NotSigned;

        if (await TrustedNow(token.Kid, aborted) is not { } trusted)
            return Refusals.NoKeys;

        if (trusted.Find(token.Kid) is not { } key)
            return Refusals.NotSigned;

        // The signature comes first in there: nothing of the content is used before.
        var result = await verifier.ValidateTokenAsync(token, key.Rules);
        if (!result.IsValid)
            return Because(result.Exception);

        var judged = Remember(text, token, key, trusted);
        return revocations.IsStale ? await AskAbout(text, judged) : judged;
    }

    private Outcome<AccessToken> Remember(string text, JsonWebToken token, TrustedKey key, TrustedKeys trusted)
    {
        if (AccessTokenPayload.Read(token.EncodedPayload) is not { } payload)
            return Refusals.Incomplete;

        if (!payload.ToAccessToken(key.Key.KeyId).TryGet(out var verified, out var refusal))
            return refusal;

        var now = Now();
        if (payload.NotBefore > now + ClockSkew)
            return Refusals.NotYetValid;

        var judged = Judge(verified, now);
        if (judged.TryGet(out _, out _))
            trusted.Verified.Add(text, verified);
        return judged;
    }

    /// <summary>Keys that are fresh enough, fetched once more where the one that is asked for is not among them; null where there are none.</summary>
    private async ValueTask<TrustedKeys?> TrustedNow(string keyId, CancellationToken aborted)
    {
        if (Fresh() is not { } trusted || trusted.Find(keyId) is null)
            await keys.RefreshBriefly(aborted);

        return Fresh();

        TrustedKeys? Fresh() => keys.Current is { } current && Now() < current.GoodUntil ? current : null;
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeSeconds();

    private static bool TryParse(string text, [NotNullWhen(true)] out JsonWebToken? token)
    {
        try
        {
            token = new JsonWebToken(text);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException)
        {
            token = null;
            return false;
        }
    }

    private static Refusal Because(Exception? failure) => failure switch
    {
        SecurityTokenInvalidTypeException => Refusals.OtherType,
        SecurityTokenInvalidIssuerException => Refusals.OtherIssuer,
        SecurityTokenInvalidAudienceException => Refusals.OtherAudience,
        _ => Refusals.NotSigned,
    };
}
