using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>What a person's codes and token families hang on, as the rows say now.</summary>
/// <param name="ConsumersScope">What the consumer's permission group allows.</param>
/// <param name="PersonsScope">What the person's permission group allows; null for a person without one, who can grant nothing.</param>
internal sealed record Standing(
    bool AuthorizationIsLive,
    bool PersonIsActive,
    bool ConsumerIsActive,
    bool CompanyMayUseApis,
    Generations Now,
    Generations GrantsFrom,
    ScopeSet ConsumersScope,
    ScopeSet? PersonsScope,
    IReadOnlyList<string> ModulesOff)
{
    /// <summary>Why what was issued under these generations is good for nothing any more, for the consumer's owner; null where it still is.</summary>
    public string? WhyEnded(Generations issuedUnder) => this switch
    {
        { AuthorizationIsLive: false } => "The authorization was revoked.",
        { ConsumerIsActive: false } => "The consumer is disabled or deleted.",
        { CompanyMayUseApis: false } => "The company is suspended, or API Connections is switched off for it.",
        { PersonIsActive: false } => "The person is disabled.",
        _ when issuedUnder.Company < GrantsFrom.Company || issuedUnder.Consumer < GrantsFrom.Consumer => "Everything that was issued for the consumer before was revoked.",
        _ when issuedUnder.User < GrantsFrom.User => "Everything that was issued for the person before was revoked, by a new password for example.",
        _ => null,
    };
}
