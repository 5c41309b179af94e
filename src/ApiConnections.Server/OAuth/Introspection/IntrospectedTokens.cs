using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Introspection;

/// <summary>What is told of a token that is good now.</summary>
/// <param name="Audience">Null for a refresh token, which no API takes.</param>
/// <param name="Person">Their e-mail; null for a program without a user.</param>
internal sealed record ActiveToken(
    string Scope, string ClientId, string Subject, Guid Company, Guid AuthorizationId, long IssuedAt, long ExpiresAt, string? Audience, string? Person);

/// <summary>Says whether a token is good now, to those whom it concerns. Nothing is ended by looking.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7662#section-2.2"/>
internal sealed class IntrospectedTokens(IDatabase database, IssuedTokens issued, TokenStates states, ModuleCatalogue catalogue, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    // Answered with active: false; why is for the owner of the consumer that asked.
    private static readonly Refusal inactive = new OAuthError(RequestLog.Inactive, 200).Because("The token is not active.");
    private static readonly Refusal unknown = Inactive("The token is unknown, was cut or mistyped, or is none of this server's.");
    private static readonly Refusal notYours = Inactive("The token was issued to another consumer.");
    private static readonly Refusal otherApi = Inactive("The token is for another API, or for another company's data.");
    private static readonly Refusal expired = Inactive("The token has expired.");

    // Hot path: introspect
    public async ValueTask<Outcome<ActiveToken>> Look(Caller caller, string text) =>
        RefreshToken.Read(text) is { } refresh ? await LookAt(caller, refresh) : await LookAtAccessToken(caller, text);

    private async ValueTask<Outcome<ActiveToken>> LookAtAccessToken(Caller caller, string text)
    {
        if (await issued.Read(text) is not { } token || !string.Equals(token.Issuer, issuer.Value.Issuer, StringComparison.Ordinal))
            return unknown;
        if (WhyNotTheirs(caller, token) is { } whyNot)
            return whyNot;
        if (time.GetUtcNow().ToUnixTimeSeconds() >= token.ExpiresAt)
            return expired;
        if (await states.Of(token) is not { } state)
            return unknown;
        if (WhyEnded(token, state) is { } why)
            return Inactive(why);

        return new ActiveToken(token.Scope, token.ClientId, token.Subject, token.Company, token.AuthorizationId, token.IssuedAt, token.ExpiresAt, token.Audience, state.Person);
    }

    // A token for another API is none of this API's business (RFC 7662 s4), and one about another company neither.
    private static Refusal? WhyNotTheirs(in Caller caller, IssuedAccessToken token) => caller.Api is { } api
        ? string.Equals(api.Audience, token.Audience, StringComparison.Ordinal) && api.IsOpenTo(token.Company) ? null : otherApi
        : string.Equals(caller.Consumer.Consumer.Consumer.Key, token.ClientId, StringComparison.Ordinal) ? null : notYours;

    private static string? WhyEnded(IssuedAccessToken token, TokenState state) => state switch
    {
        { IsRevoked: true } => "The token was revoked.",
        { KeyIsPublished: false } => "The key that signed it was withdrawn.",
        { AuthorizationIsLive: false } => "The authorization was revoked.",
        { FamilyIsLive: false } => "The device was cut off.",
        { ConsumerIsActive: false } => "The consumer is disabled or deleted.",
        { CompanyMayUseApis: false } => "The company is suspended, or API Connections is switched off for it.",
        { PersonIsActive: false } => "The person is disabled.",
        _ when token.IssuedUnder.Company < state.Now.Company || token.IssuedUnder.Consumer < state.Now.Consumer || token.IssuedUnder.User < state.Now.User =>
            "What was issued before was revoked, or what may be done was narrowed since.",
        _ => null,
    };

    // An app may look at its own; no API ever gets one.
    private async ValueTask<Outcome<ActiveToken>> LookAt(Caller caller, RefreshToken token)
    {
        if (caller.Api is not null)
            return otherApi;

        var found = await database.Read(session => RotationStore.Find(session, [token.Handle]));
        if (!found.TryGetValue(token.Handle, out var family))
            return unknown;

        var consumer = caller.Consumer.Consumer;
        if (!string.Equals(family.Consumer, consumer.Consumer.Key, StringComparison.Ordinal))
            return notYours;
        if (WhyEnded(family, token, consumer.Consumer.Options, time.GetUtcNow()) is { } why)
            return Inactive(why);

        var scope = EffectiveScope.LeftOf(family.Scope, family.Standing, catalogue);
        if (scope.IsEmpty)
            return Inactive("Nothing is left of what was granted.");

        var expires = family.IdleExpiresAt < family.ExpiresAt ? family.IdleExpiresAt : family.ExpiresAt;
        return new ActiveToken(
            scope.ToString(), family.Consumer, family.UserId?.ToString() ?? consumer.Subject, family.CompanyId, family.AuthorizationId,
            (family.RotatedAt ?? family.CreatedAt).ToUnixTimeSeconds(), expires.ToUnixTimeSeconds(), null, family.Person);
    }

    private static string? WhyEnded(FoundFamily family, RefreshToken token, ConsumerOptions options, DateTimeOffset now) => family switch
    {
        { EndedAt: not null } => "The device was cut off: " + family.EndedWhy,
        _ when now >= family.ExpiresAt || now >= family.IdleExpiresAt => "The refresh token has expired.",
        _ when !family.Current.Equals(token.Secret) && !family.JustReplaced(token.Secret, options, now) => "The refresh token was replaced.",
        _ => family.Standing.WhyEnded(family.IssuedUnder),
    };

    private static Refusal Inactive(string detail) => inactive with { Detail = detail };
}
