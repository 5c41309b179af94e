using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>A refresh token that somebody brings, with what shall take its place.</summary>
/// <param name="Consumer">Who brings it.</param>
/// <param name="Options">How long its devices stay connected, and how long a replaced token is still answered.</param>
/// <param name="Scope">The scope that the request names; null for all that was granted.</param>
/// <param name="Resource">The resource that the request names; null for none.</param>
/// <param name="DefaultAudience">The audience of tokens for which no resource was asked.</param>
/// <param name="Next">SHA-256 of the secret of the token that takes its place.</param>
/// <param name="Sealed">That token, closed under the presented one.</param>
internal sealed record Refreshing(
    SecretHash Handle, SecretHash Secret, string Consumer, ConsumerOptions Options, string? Scope, string? Resource, string DefaultAudience, SecretHash Next, byte[] Sealed, string Ip, string Agent)
{
    public override string ToString() => "***";
}

/// <summary>A family that was refreshed, with what the access token says.</summary>
/// <param name="SealedSuccessor">The token that took the place of the presented one before; null where the one that was brought now does.</param>
internal sealed record Refreshed(FoundFamily Family, ScopeSet Scope, string Audience, byte[]? SealedSuccessor);

/// <summary>What the presented token is among those of its family.</summary>
internal enum Presented
{
    /// <summary>The good one: to be rotated.</summary>
    Current,

    /// <summary>Rotated to the next one of this very request: the second look after a commit whose answer was lost.</summary>
    RotatedByUs,

    /// <summary>Replaced a moment ago: a lost answer, or the losing twin of a race. It gets the same successor.</summary>
    JustReplaced,
}

/// <summary>What the rows say of a refresh.</summary>
/// <param name="Reused">The family that a replaced token, too late for a retry, puts in doubt.</param>
internal readonly record struct Verdict(Outcome<Refreshed> Outcome, Presented Presented = Presented.Current, Guid? Reused = null);

/// <summary>Decides from what was read; whether the token is still the current one, the statement that replaces it decides.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-6"/>
internal sealed class RefreshRules(ModuleCatalogue catalogue)
{
    // One answer for all: what is wrong with a refresh token is for the consumer's owner.
    private static readonly Refusal wrong = OAuthError.InvalidGrant.Because("The refresh token is unknown, expired, used, revoked, or another consumer's: the person has to sign in again.");
    private static readonly Refusal otherResource = OAuthError.InvalidTarget.Because("The resource is not the one that the refresh token was issued for.");
    private static readonly Refusal notGranted = OAuthError.InvalidScope.Because("The scope holds a name that was not granted.");

    /// <summary>It was cut or mistyped, or is no refresh token of ours.</summary>
    public static readonly Refusal Broken = Wrong("The refresh token was cut or mistyped, or is none.");

    /// <summary>It ended this moment.</summary>
    public static readonly Refusal Lost = Wrong("The device was cut off this moment.");

    private static readonly Refusal unknown = Wrong("The refresh token is unknown, or its device was cut off more than a day ago.");
    private static readonly Refusal another = Wrong("The refresh token was issued to another consumer.");
    private static readonly Refusal idle = Wrong("The device did not refresh for too long.");
    private static readonly Refusal over = Wrong("The device stayed connected for as long as it may.");
    private static readonly Refusal reused = Wrong("The refresh token was replaced before, and not just now: somebody holds an old one, so the device was cut off.");

    // In this order, so that who is not the app learns nothing and ends nothing.
    public Verdict Decide(Refreshing asked, FoundFamily? found, DateTimeOffset now)
    {
        if (found is null)
            return new(unknown);
        // RFC 6749 s6: the refresh token is bound to the client that it was issued to.
        if (!string.Equals(found.Consumer, asked.Consumer, StringComparison.Ordinal))
            return new(another);
        if (found.EndedAt is not null)
            return new(Wrong("The device was cut off before: " + found.EndedWhy));
        if (now >= found.ExpiresAt)
            return new(over.Against($"within {asked.Options.RefreshAbsoluteDays} days of signing in", null));
        if (now >= found.IdleExpiresAt)
            return new(idle.Against($"at least once in {asked.Options.RefreshIdleDays} days", null));
        if (Recognise(asked, found, now) is not { } presented)
            return new(Replaced(asked, found, now), Reused: found.Id);
        if (found.Standing.WhyEnded(found.IssuedUnder) is { } why)
            return new(Wrong(why));

        return Grant(asked, found).TryGet(out var refreshed, out var refusal)
            ? new(presented == Presented.JustReplaced ? refreshed with { SealedSuccessor = found.SealedSuccessor } : refreshed, presented)
            : new(refusal);
    }

    /// <summary>What is left of what was granted: groups and modules may have been narrowed since.</summary>
    public ScopeSet LeftOf(FoundFamily family) => EffectiveScope.LeftOf(family.Scope, family.Standing, catalogue);

    // RFC 9700 s4.14.2. Our own next one may stand a place further already, where another request was answered with it in between.
    private static Presented? Recognise(Refreshing asked, FoundFamily found, DateTimeOffset now) => asked switch
    {
        _ when found.Current.Equals(asked.Next) || found.Previous?.Equals(asked.Next) == true => Presented.RotatedByUs,
        _ when found.Current.Equals(asked.Secret) => Presented.Current,
        _ when found.JustReplaced(asked.Secret, asked.Options, now) => Presented.JustReplaced,
        _ => null,
    };

    private static Refusal Replaced(Refreshing asked, FoundFamily found, DateTimeOffset now) => found.Previous?.Equals(asked.Secret) == true
        ? reused.Against($"at most {asked.Options.RefreshWindowSeconds} seconds after it was replaced", $"after {Math.Ceiling((now.ToUnixTimeMilliseconds() - found.RotatedAt!.Value.ToUnixTimeMilliseconds()) / 1000.0)} seconds")
        : reused.Against("the newest refresh token of the device", "one that was replaced more than once, or never issued");

    private Outcome<Refreshed> Grant(Refreshing asked, FoundFamily found)
    {
        var audience = found.Audience ?? asked.DefaultAudience;
        // RFC 8707 s2.2: the resource of the grant, or none.
        if (asked.Resource is not null && !string.Equals(asked.Resource, audience, StringComparison.Ordinal))
            return otherResource.Against(audience, asked.Resource);

        var granted = found.Scope;
        // RFC 6749 s6: nothing that was not granted; what is left out now may be asked for again.
        if (asked.Scope is not null)
        {
            if (!ScopeSet.Parse(asked.Scope).TryGet(out var requested, out var refusal))
                return refusal.Against(granted.ToString(), asked.Scope);
            if (!requested.IsSubsetOf(granted))
                return notGranted.Against(granted.ToString(), asked.Scope);

            granted = requested;
        }

        var scope = EffectiveScope.LeftOf(granted, found.Standing, catalogue);
        return scope.IsEmpty ? RequestedScope.NothingLeft.Against(LeftOf(found).ToString(), granted.ToString()) : new Refreshed(found, scope, audience, null);
    }

    private static Refusal Wrong(string detail) => wrong with { Detail = detail };
}
