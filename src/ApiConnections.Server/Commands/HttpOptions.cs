using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ApiConnections.Server.Model;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>How the server listens.</summary>
internal sealed record HttpOptions
{
    public const string Section = "ApiConnections:Http";

    [Description("How many connections one node holds open at most.")]
    [Range(10, 100_000)]
    public int Connections { get; init; } = 10_000;

    [Description("Reverse proxies in front, as networks in CIDR notation, whose `X-Forwarded-For` is believed; none by default. Host and scheme always come from the issuer.")]
    public IReadOnlyList<string> KnownProxies { get; init; } = [];
}

internal sealed class HttpOptionsValidator : IValidateOptions<HttpOptions>
{
    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        if (options.Connections is < 10 or > 100_000)
            return ValidateOptionsResult.Fail("Connections: between 10 and 100000.");

        return options.KnownProxies.Select(Networks.WhyNot).FirstOrDefault(whyNot => whyNot is not null) is { } wrong
            ? ValidateOptionsResult.Fail("KnownProxies: " + wrong)
            : ValidateOptionsResult.Success;
    }
}
