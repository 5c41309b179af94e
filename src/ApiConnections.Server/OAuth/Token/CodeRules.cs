using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>A code that somebody brings, with what must fit it, and the family that is made of it.</summary>
/// <param name="Consumer">Who brings it.</param>
/// <param name="Resource">The resource that the request names; null for none.</param>
/// <param name="DefaultAudience">The audience of tokens for which no resource was asked.</param>
internal sealed record Redemption(Guid Locator, SecretHash Secret, string Consumer, string? RedirectUri, string? Verifier, string? Resource, string DefaultAudience, NewFamily Family)
{
    public override string ToString() => $"{Locator}:***";
}

/// <summary>A code that was redeemed, with what the access token says.</summary>
/// <param name="LiveFamilies">How many the authorization has now.</param>
internal sealed record Redeemed(AuthorizationCode Code, Generations Now, ScopeSet Scope, string Audience, long LiveFamilies);

/// <summary>What the rows say of a redemption.</summary>
/// <param name="IsOurs">Its family was made already: this is the second look after a commit whose answer was lost.</param>
/// <param name="Replayed">The family of a first use that a second one, too late for a retry, puts in doubt.</param>
internal readonly record struct Decision(Outcome<Redeemed> Outcome, bool IsOurs = false, Guid? Replayed = null);

/// <summary>Decides from what was read; whether a code is still there to be taken, the statement that takes it decides.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3"/>
internal sealed class CodeRules(ModuleCatalogue catalogue)
{
    /// <summary>A used code that comes again so soon is a retry on the network: refused, and nothing more.</summary>
    private const long RetryMilliseconds = 5_000;

    // One answer for all: what is wrong with a code is for the consumer's owner.
    private static readonly Refusal wrong = OAuthError.InvalidGrant.Because("The code is unknown, expired, used, or another consumer's, or the redirect_uri or code_verifier does not fit its request.");
    private static readonly Refusal otherResource = OAuthError.InvalidTarget.Because("The resource is not the one that the code was issued for.");

    /// <summary>It was cut or mistyped, or is no code of ours.</summary>
    public static readonly Refusal Broken = Wrong("The code was cut or mistyped, or is none.");

    /// <summary>Somebody else was first, or it has ended this moment.</summary>
    public static readonly Refusal Lost = Wrong("The code was used a moment ago.");

    private static readonly Refusal unknown = Wrong("The code is unknown, or was issued more than a day ago.");
    private static readonly Refusal another = Wrong("The code was issued to another consumer.");
    private static readonly Refusal redirect = Wrong("The redirect_uri is not the one of the request, or is missing.");
    private static readonly Refusal verifier = Wrong("The code_verifier does not hash to the code_challenge of the request, is missing, or was sent without a challenge.");
    private static readonly Refusal replayed = Wrong("The code was used before, and not just now: the tokens of its first use were ended.");
    private static readonly Refusal takenBack = Wrong("The code was taken back.");
    private static readonly Refusal expired = Wrong("The code is more than 60 seconds old.");

    // In this order, so that who is not the app learns nothing and ends nothing.
    public Decision Decide(Redemption asked, FoundCode? found, DateTimeOffset now)
    {
        if (found is null || !CryptographicOperations.FixedTimeEquals(asked.Secret.Bytes, found.Code.Hash.Bytes))
            return new(unknown);
        // RFC 6749 s4.1.3: the code was issued to the client that brings it.
        if (!string.Equals(found.Code.Consumer, asked.Consumer, StringComparison.Ordinal))
            return new(another);
        if (!FitsRedirect(asked, found.Code))
            return new(redirect.Against(found.Code.RedirectUri, asked.RedirectUri));
        // RFC 7636 s4.6.
        if (!CodeVerifier.Fits(asked.Verifier, found.Code.Challenge))
            return new(verifier);
        if (found.FamilyId is { } family && family != asked.Family.Id)
            return Used(found, family, now);

        var audience = found.Code.Audience ?? asked.DefaultAudience;
        // RFC 8707 s2.2: the resource of the request, or none.
        if (asked.Resource is not null && !string.Equals(asked.Resource, audience, StringComparison.Ordinal))
            return new(otherResource.Against(audience, asked.Resource));
        if (found.FamilyId is null && found.EndedAt is not null)
            return new(takenBack);
        if (found.FamilyId is null && now >= found.Code.ExpiresAt)
            return new(expired);
        if (found.Standing.WhyEnded(found.Code.IssuedUnder) is { } why)
            return new(Wrong(why));

        return Granted(found, audience);
    }

    // RFC 6749 s4.1.3: identical to that of the request, and required where that named it. With PKCE it proves nothing that the verifier does not
    // (OAuth 2.1 draft s10.2), so it may be left out.
    private static bool FitsRedirect(Redemption asked, AuthorizationCode code) => asked.RedirectUri is { } sent
        ? string.Equals(sent, code.RedirectUri, StringComparison.Ordinal)
        : !code.RedirectUriGiven || code.Challenge is not null;

    // RFC 6749 s4.1.2: a code that is used twice was stolen before or after; what its first use obtained is ended.
    private static Decision Used(FoundCode found, Guid family, DateTimeOffset now) =>
        now.ToUnixTimeMilliseconds() - found.RedeemedAt?.ToUnixTimeMilliseconds() <= RetryMilliseconds ? new(Lost) : new(replayed, Replayed: family);

    // What may be done is decided anew: groups and modules may have been narrowed since the person consented.
    private Decision Granted(FoundCode found, string audience)
    {
        var scope = EffectiveScope.LeftOf(found.Code.Scope, found.Standing, catalogue);
        return scope.IsEmpty
            ? new(RequestedScope.NothingLeft.Against(null, found.Code.Scope.ToString()))
            : new(new Redeemed(found.Code, found.Standing.Now, scope, audience, found.LiveFamilies), IsOurs: found.FamilyId is not null);
    }

    private static Refusal Wrong(string detail) => wrong with { Detail = detail };
}
