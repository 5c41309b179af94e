using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>What somebody typed to make a consumer.</summary>
internal sealed record NewConsumer
{
    public string? Company { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? GrantType { get; init; }

    /// <summary>False for an app that cannot keep a secret; only with the authorization code grant.</summary>
    public bool Confidential { get; init; } = true;

    public IReadOnlyList<string> CallbackUrls { get; init; } = [];

    public ConsumerLinks Links { get; init; } = ConsumerLinks.None;

    public string? Group { get; init; }

    public string? RequiredScopes { get; init; }

    public ConsumerOptions Options { get; init; } = ConsumerOptions.Default;
}

/// <summary>The parts of a new consumer that need no database, checked.</summary>
internal sealed record CheckedConsumer(
    string Name, string Description, GrantType GrantType, IReadOnlyList<RedirectUri> CallbackUrls, ConsumerLinks Links, ScopeSet RequiredScopes, ConsumerOptions Options);

/// <summary>The rules for the fields of a consumer, each with its sentence.</summary>
internal sealed class ConsumerFields(ModuleCatalogue catalogue)
{
    private const int MostCallbacks = 20;
    private const int MostNetworks = 50;
    private const int LongestRefreshDays = 180;
    private const int LongestRefreshWindow = 300;

    public Outcome<CheckedConsumer> Check(NewConsumer typed)
    {
        var (name, whyNotName) = DisplayText.Read("The name", typed.Name, DisplayText.LongestName, required: true);
        if (name is null)
            return Refused.Invalid(whyNotName!);

        var (description, whyNotDescription) = DisplayText.Read("The description", typed.Description, DisplayText.LongestDescription, required: false);
        if (description is null)
            return Refused.Invalid(whyNotDescription!);
        if (ReadGrant(typed.GrantType) is not { } grant)
            return Refused.Invalid("The grant type is client_credentials or authorization_code.");
        if ((WhyNotCallbacks(grant, typed) ?? WhyNotLinks(typed.Links) ?? WhyNotOptions(typed)) is { } whyNot)
            return Refused.Invalid(whyNot);

        var required = (typed.RequiredScopes ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(required, scope => !catalogue.Knows(scope)) is { } unknown)
            return Refused.Invalid($"\"{unknown}\" is no scope of the catalogue.");

        return new CheckedConsumer(
            name, description, grant, [.. typed.CallbackUrls.Distinct(StringComparer.Ordinal).Select(url => new RedirectUri(url))], typed.Links, ScopeSet.Of(required), typed.Options);
    }

    private static GrantType? ReadGrant(string? grant) => grant switch
    {
        GrantTypes.ClientCredentials => GrantType.ClientCredentials,
        GrantTypes.AuthorizationCode => GrantType.AuthorizationCode,
        _ => null,
    };

    private static string? WhyNotCallbacks(GrantType grant, NewConsumer typed)
    {
        if (grant == GrantType.ClientCredentials)
        {
            // RFC 6749 s4.4: only confidential clients.
            return typed.CallbackUrls.Count > 0 ? "Client credentials have no callback URL."
                : typed.Confidential ? null : "A consumer with client credentials keeps a secret; it cannot be public.";
        }

        return typed.CallbackUrls.Count switch
        {
            0 => "The callback URL cannot be empty for the authorization code grant.",
            > MostCallbacks => $"A consumer has at most {MostCallbacks} callback URLs.",
            _ => typed.CallbackUrls.Select(RedirectUri.WhyNot).FirstOrDefault(whyNot => whyNot is not null),
        };
    }

    private static string? WhyNotLinks(ConsumerLinks links) =>
        new[] { ("The URL", links.Url), ("The privacy policy URL", links.PrivacyPolicyUrl), ("The end user license agreement URL", links.EulaUrl) }
            .Select(link => link.Item2 is null ? null : DisplayText.WhyNotHttps(link.Item1, link.Item2))
            .FirstOrDefault(whyNot => whyNot is not null);

    private static string? WhyNotOptions(NewConsumer typed)
    {
        var options = typed.Options;
        if (options.AccessTokenMinutes is < 1 or > 120)
            return "An access token lives 1 to 120 minutes.";
        if (options.RequestsPerMinute is < 1 or > 1_000_000)
            return "Requests per minute are 1 to 1,000,000, or left out for no limit.";
        if (options.RefreshIdleDays is < 1 or > LongestRefreshDays || options.RefreshAbsoluteDays is < 1 or > LongestRefreshDays)
            return $"A device stays connected 1 to {LongestRefreshDays} days, idle or in all.";
        if (options.RefreshIdleDays > options.RefreshAbsoluteDays)
            return "A device cannot stay idle for longer than it stays connected in all.";
        if (options.RefreshWindowSeconds is < 0 or > LongestRefreshWindow)
            return $"A refresh token that was replaced is answered for 0 to {LongestRefreshWindow} seconds more.";
        if (options.RefreshTokens && ReadGrant(typed.GrantType) != GrantType.ClientCredentials)
            return "Refresh tokens are switched on for client credentials alone; an app that acts for people always gets them.";
        // RFC 9700 s2.1.1: public clients must use PKCE; nothing else tells the app that asked from one that caught its code.
        if (options.PkceOptional && !(typed.Confidential && ReadGrant(typed.GrantType) == GrantType.AuthorizationCode))
            return "PKCE is optional only for an app with a secret that uses the authorization code grant.";
        if (options.AllowedNetworks.Count > MostNetworks)
            return $"A consumer has at most {MostNetworks} allowed networks.";

        return options.AllowedNetworks.Select(Networks.WhyNot).FirstOrDefault(whyNot => whyNot is not null);
    }
}
