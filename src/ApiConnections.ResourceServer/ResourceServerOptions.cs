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
    }

    // RFC 8414 s2: https, no query, no fragment. Keys are trusted because of where they come from, so plain http never leaves the machine.
    private static bool IsIssuer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0
        && !text.AsSpan().ContainsAny('?', '#');
}

/// <summary>Checks the settings at start, without reflection.</summary>
[OptionsValidator]
internal sealed partial class ResourceServerOptionsRules : IValidateOptions<ResourceServerOptions>;
