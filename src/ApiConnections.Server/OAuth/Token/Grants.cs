using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>What a grant yields.</summary>
/// <param name="AccessToken">The compact JWS in ASCII.</param>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="RefreshToken">For an app that acts for a person, and for a program that has asked for refresh tokens.</param>
internal readonly record struct IssuedToken(byte[] AccessToken, long ExpiresIn, ScopeSet Scope, TokenValue? RefreshToken = null)
{
    public IssuedToken With(TokenValue refreshToken) => this with { RefreshToken = refreshToken };

    public override string ToString() => "***";
}

/// <summary>An authorization grant (RFC 6749 s1.3): one class per <c>grant_type</c>.</summary>
internal interface IGrant
{
    string Type { get; }

    bool IsFor(Consumer consumer);

    ValueTask<Outcome<IssuedToken>> Issue(OAuthForm form, AuthenticatedConsumer client);
}

/// <summary>The grants that this server exchanges.</summary>
internal sealed class Grants(IEnumerable<IGrant> grants)
{
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The parameter grant_type is missing.");
    private static readonly Refusal unknown = OAuthError.UnsupportedGrantType.Because("This server does not know that grant_type.");
    private static readonly Refusal notThisOne = OAuthError.UnauthorizedClient.Because("This consumer may not use that grant_type.");

    private readonly IGrant[] all = [.. grants];

    public IEnumerable<string> Types => all.Select(grant => grant.Type);

    // Hot path: token
    public Outcome<IGrant> Find(string? type, Consumer consumer)
    {
        if (type is null)
            return missing;

        // RFC 6749 s5.2 tells a grant that is known but not this consumer's from one that nobody knows.
        foreach (var grant in all)
        {
            if (string.Equals(grant.Type, type, StringComparison.Ordinal))
                return grant.IsFor(consumer) ? Outcome.Of(grant) : notThisOne;
        }

        return unknown;
    }

    /// <summary>What a consumer may use, for whoever tried something else.</summary>
    public string Of(Consumer consumer) => string.Join(' ', all.Where(grant => grant.IsFor(consumer)).Select(grant => grant.Type));
}
