using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>Whose access tokens an API accepts. A wrong setting stops the start and is named.</summary>
public sealed class ResourceServerOptions : IValidatableObject
{
    /// <summary>The configuration section that these settings are read from by convention: <c>ApiConnections</c>.</summary>
    public const string Section = "ApiConnections";

    /// <summary>The issuer, exactly as the server is configured and as it stands in every token's <c>iss</c>; https, or http on a loopback address.</summary>
    [Required(ErrorMessage = "ApiConnections:Issuer is missing: the address of the authorization server.")]
    public string Issuer { get; set; } = "";

    /// <summary>This API's own address, exactly as registered with the issuer and as it stands in its tokens' <c>aud</c>.</summary>
    [Required(ErrorMessage = "ApiConnections:Audience is missing: the address that this API is registered with.")]
    public string Audience { get; set; } = "";

    /// <summary>How often the issuer's public keys are fetched in the background, a tenth more or less; 5 minutes by default, 10 seconds to 1 day.</summary>
    public TimeSpan KeysRefreshInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the last good keys serve while the issuer cannot be reached; 2 hours by default, longer than the refresh interval, at most 7 days.</summary>
    public TimeSpan KeysMaxAge { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How many verified tokens are remembered, some 1.5 KB each; 10,000 by default, 100 to 1,000,000.</summary>
    public int RememberedTokens { get; set; } = 10_000;

    /// <summary>
    /// This API's own key, which <c>api create</c> prints. With it and <see cref="ApiSecret"/> the API hears of revocations within a second and reports what
    /// was used; without it a token is good until it expires. None by default.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>The secret to <see cref="ApiKey"/>; keep it where secrets belong.</summary>
    public string? ApiSecret { get; set; }

    /// <summary>
    /// Where the nodes of the issuer are reached, tried in turn, for revocations, introspection and usage reports; https, or http on a loopback address.
    /// The issuer itself by default.
    /// </summary>
    public IList<string> Addresses { get; set; } = [];

    /// <summary>How long nothing may have been heard of revocations before <see cref="WhenStale"/> applies; 5 seconds by default, 2 to 60 seconds.</summary>
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What happens to requests while revocations are not heard of; the issuer is asked about each token by default.</summary>
    public WhenStale WhenStale { get; set; } = WhenStale.Introspect;

    /// <summary>Whether it is reported which authorizations were used, when, how often and from where, and what was refused; true by default, never without <see cref="ApiKey"/>.</summary>
    public bool ReportUsage { get; set; } = true;

    /// <summary>Whether this API has credentials of its own.</summary>
    internal bool HasCredentials => !string.IsNullOrEmpty(ApiKey) && !string.IsNullOrEmpty(ApiSecret);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (Issuer.Length > 0 && !IsIssuer(Issuer))
        {
            yield return new ValidationResult(
                "ApiConnections:Issuer must be an https address without query, fragment and user (http only on a loopback address).", [nameof(Issuer)]);
        }

        if (KeysRefreshInterval < TimeSpan.FromSeconds(10) || KeysRefreshInterval > TimeSpan.FromDays(1))
            yield return new ValidationResult("ApiConnections:KeysRefreshInterval must lie between 10 seconds and 1 day.", [nameof(KeysRefreshInterval)]);

        if (RememberedTokens is < 100 or > 1_000_000)
            yield return new ValidationResult("ApiConnections:RememberedTokens must lie between 100 and 1,000,000.", [nameof(RememberedTokens)]);

        if (KeysMaxAge > TimeSpan.FromDays(7))
            yield return new ValidationResult("ApiConnections:KeysMaxAge must be at most 7 days.", [nameof(KeysMaxAge)]);

        if (KeysMaxAge <= KeysRefreshInterval)
            yield return new ValidationResult("ApiConnections:KeysMaxAge must be longer than ApiConnections:KeysRefreshInterval.", [nameof(KeysMaxAge)]);

        if (string.IsNullOrEmpty(ApiKey) != string.IsNullOrEmpty(ApiSecret))
            yield return new ValidationResult("ApiConnections:ApiKey and ApiConnections:ApiSecret belong together: give both or none.", [nameof(ApiKey)]);

        if (Addresses.Any(address => !IsIssuer(address)))
            yield return new ValidationResult("ApiConnections:Addresses must be https addresses without query, fragment and user (http only on a loopback address).", [nameof(Addresses)]);

        if (MaxStaleness < TimeSpan.FromSeconds(2) || MaxStaleness > TimeSpan.FromSeconds(60))
            yield return new ValidationResult("ApiConnections:MaxStaleness must lie between 2 and 60 seconds.", [nameof(MaxStaleness)]);

        if (!Enum.IsDefined(WhenStale))
            yield return new ValidationResult("ApiConnections:WhenStale must be Introspect or Refuse.", [nameof(WhenStale)]);
    }

    // RFC 8414 s2: https, no query, no fragment. Keys are trusted because of where they come from, so plain http never leaves the machine.
    private static bool IsIssuer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0
        && !text.AsSpan().ContainsAny('?', '#');
}

/// <summary>What an API does with a good token while it does not hear of revocations.</summary>
public enum WhenStale
{
    /// <summary>It asks the issuer about the token (RFC 7662), at most once a second for each, and answers 503 where that fails.</summary>
    Introspect,

    /// <summary>It answers 503 with <c>Retry-After</c>: not 401, since clients throw a token away that gets one.</summary>
    Refuse,
}

/// <summary>Checks the settings at start, without reflection.</summary>
[OptionsValidator]
internal sealed partial class ResourceServerOptionsRules : IValidateOptions<ResourceServerOptions>;
