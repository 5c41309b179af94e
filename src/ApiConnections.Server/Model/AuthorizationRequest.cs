using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>A signed-in person's pending consent.</summary>
/// <param name="SessionId">Only in this session may it be decided.</param>
/// <param name="FlowHash">SHA-256 of the flow cookie of the browser that asked.</param>
/// <param name="Request">The app's request as it came, with the time when it was asked.</param>
/// <param name="Shown">What the person was last shown.</param>
internal sealed record AuthorizationRequest(
    Guid Id,
    Guid SessionId,
    byte[] FlowHash,
    Guid UserId,
    string Consumer,
    string Request,
    ShownConsent Shown,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public Decision? Decision { get; init; }

    /// <summary>The locator of the code that was made last.</summary>
    public Guid? Code { get; init; }
}

internal enum Decision
{
    Allow,
    Deny,
}

/// <summary>What a consent page says, so that nothing else is allowed with it.</summary>
/// <param name="App">Name, links and required scopes of the app, as one text to compare.</param>
internal sealed record ShownConsent(ScopeSet Offered, string App)
{
    public static ShownConsent Of(ScopeSet offered, Consumer consumer) =>
        new(offered, string.Join('\n', consumer.Name, consumer.RequiredScopes, consumer.Links.Url, consumer.Links.PrivacyPolicyUrl, consumer.Links.EulaUrl));
}
