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

    /// <summary>The e-mail address of whoever shall own it; left out: whoever makes it.</summary>
    public string? Owner { get; init; }

    public ConsumerOptions Options { get; init; } = ConsumerOptions.Default;

    /// <summary>What its first secret is called, in the language of whoever makes it.</summary>
    public string SecretLabel { get; init; } = "first";

    /// <summary>One that there is, as somebody would have typed it.</summary>
    public static NewConsumer Of(Consumer consumer, PermissionGroup group) => new()
    {
        Company = consumer.CompanyId.ToString(),
        Name = consumer.Name,
        Description = consumer.Description,
        GrantType = consumer.GrantType == Model.GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode,
        Confidential = consumer.Confidential,
        CallbackUrls = [.. consumer.CallbackUrls.Select(callback => callback.Value)],
        Links = consumer.Links,
        Group = group.Name,
        RequiredScopes = consumer.RequiredScopes.ToString(),
        Options = consumer.Options,
    };
}

/// <summary>The parts of a new consumer that need no database, checked.</summary>
internal sealed record CheckedConsumer(
    string Name, string Description, GrantType GrantType, IReadOnlyList<RedirectUri> CallbackUrls, ConsumerLinks Links, ScopeSet RequiredScopes, ConsumerOptions Options);

/// <summary>The fields of a consumer that something can be wrong with.</summary>
internal enum ConsumerField
{
    Grant,
    Name,
    Description,
    Callbacks,
    Url,
    PrivacyPolicyUrl,
    EulaUrl,
    Group,
    RequiredScopes,
    Options,
}

/// <summary>The rules for the fields of a consumer, each with its sentence.</summary>
internal sealed class ConsumerFields(ModuleCatalogue catalogue)
{
    private const int MostCallbacks = 20;
    private const int MostNetworks = 50;
    private const int LongestRefreshDays = 180;
    private const int LongestRefreshWindow = 300;

    public Outcome<CheckedConsumer> Check(NewConsumer typed)
    {
        if (Problems(typed).Select(problem => problem.WhyNot).FirstOrDefault() is { } whyNot)
            return Refused.Invalid(whyNot);

        return new CheckedConsumer(
            DisplayText.Read("The name", typed.Name, DisplayText.LongestName, required: true).Text!,
            DisplayText.Read("The description", typed.Description, DisplayText.LongestDescription, required: false).Text!,
            ReadGrant(typed.GrantType)!.Value,
            [.. typed.CallbackUrls.Distinct(StringComparer.Ordinal).Select(url => new RedirectUri(url))],
            typed.Links,
            ScopeSet.Of(Scopes(typed)),
            typed.Options);
    }

    /// <summary>What is wrong with what was typed, field by field, so that a form can say it beside each; nothing where it can be taken.</summary>
    public IEnumerable<(ConsumerField Field, Sentence WhyNot)> Problems(NewConsumer typed)
    {
        if (DisplayText.Read("The name", typed.Name, DisplayText.LongestName, required: true).WhyNot is { } name)
            yield return (ConsumerField.Name, name);
        if (DisplayText.Read("The description", typed.Description, DisplayText.LongestDescription, required: false).WhyNot is { } description)
            yield return (ConsumerField.Description, description);
        if (ReadGrant(typed.GrantType) is not { } grant)
            yield return (ConsumerField.Grant, "The grant type is client_credentials or authorization_code.");
        else if (WhyNotCallbacks(grant, typed) is { } callback)
            yield return (ConsumerField.Callbacks, callback);
        if (typed.Links.Url is { } url && DisplayText.WhyNotHttps("The URL", url) is { } notUrl)
            yield return (ConsumerField.Url, notUrl);
        if (typed.Links.PrivacyPolicyUrl is { } policy && DisplayText.WhyNotHttps("The privacy policy URL", policy) is { } notPolicy)
            yield return (ConsumerField.PrivacyPolicyUrl, notPolicy);
        if (typed.Links.EulaUrl is { } eula && DisplayText.WhyNotHttps("The end user license agreement URL", eula) is { } notEula)
            yield return (ConsumerField.EulaUrl, notEula);
        if (WhyNotOptions(typed) is { } options)
            yield return (ConsumerField.Options, options);
        if (Array.Find(Scopes(typed), scope => !catalogue.Knows(scope)) is { } unknown)
            yield return (ConsumerField.RequiredScopes, $"\"{unknown}\" is no scope of the catalogue.");
    }

    private static string[] Scopes(NewConsumer typed) => (typed.RequiredScopes ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static GrantType? ReadGrant(string? grant) => grant switch
    {
        GrantTypes.ClientCredentials => GrantType.ClientCredentials,
        GrantTypes.AuthorizationCode => GrantType.AuthorizationCode,
        _ => null,
    };

    private static Sentence? WhyNotCallbacks(GrantType grant, NewConsumer typed)
    {
        if (grant == GrantType.ClientCredentials)
        {
            // RFC 6749 s4.4: only confidential clients.
            if (typed.CallbackUrls.Count > 0)
                return "Client credentials have no callback URL.";
            if (!typed.Confidential)
                return "A consumer with client credentials keeps a secret; it cannot be public.";

            return null;
        }

        if (typed.CallbackUrls.Count == 0)
            return "The callback URL cannot be empty for the authorization code grant.";
        if (typed.CallbackUrls.Count > MostCallbacks)
            return $"A consumer has at most {MostCallbacks} callback URLs.";

        return typed.CallbackUrls.Select(RedirectUri.WhyNot).FirstOrDefault(whyNot => whyNot is not null);
    }

    private static Sentence? WhyNotOptions(NewConsumer typed)
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
