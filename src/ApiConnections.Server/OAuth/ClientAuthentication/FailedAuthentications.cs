using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using ApiConnections.Server.Access;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

internal sealed record ClientAuthenticationOptions
{
    public const string Section = "ApiConnections:ClientAuthentication";

    [Description("How many failed authentications per minute one network may have for one key before it is answered 429. Successes are never counted.")]
    [Range(1, 10_000)]
    public int FailuresPerMinute { get; init; } = 30;
}

[OptionsValidator]
internal sealed partial class ClientAuthenticationOptionsValidator : IValidateOptions<ClientAuthenticationOptions>;

/// <summary>Counts failures per key and network. The right secret is always let through: there is nothing to guess in 256 random bits.</summary>
internal sealed class FailedAuthentications(IOptions<ClientAuthenticationOptions> options, TimeProvider time)
{
    private const int Keys = 20_000;
    private const int LongestKey = 64;
    private readonly RateWindow<(string Key, UInt128 Network)> windows = new(TimeSpan.FromMinutes(1), Keys, time);

    /// <returns>Whether it may still be told what is wrong, else how long to wait.</returns>
    public (bool Allowed, TimeSpan Wait) Count(string key, IPAddress? address)
    {
        var (count, left) = windows.Count((key.Length <= LongestKey ? key : key[..LongestKey], Network.Of(address)));
        return (count <= options.Value.FailuresPerMinute, left);
    }
}
