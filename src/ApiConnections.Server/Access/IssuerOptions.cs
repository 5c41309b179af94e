using System.ComponentModel;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access;

/// <summary>Who this installation is on the wire.</summary>
internal sealed record IssuerOptions
{
    public const string Section = "ApiConnections";

    [Description("The address under which clients and people reach this installation, without a slash at the end: https, or http on loopback only. The `iss` of every token; `--issuer` on the command line.")]
    public string Issuer { get; init; } = "http://localhost:8400";

    [Description("A JSON file with the modules and scopes of the product that is extended; empty: the built-in catalogue of a maintenance product.")]
    public string? Catalogue { get; init; }

    public Uri Uri => new(Issuer);

    /// <summary>The path of the issuer, without a slash at the end; empty for most.</summary>
    public string Path => Uri.AbsolutePath.TrimEnd('/');

    public string Address(string path) => Issuer + path;
}

internal sealed class IssuerOptionsValidator : IValidateOptions<IssuerOptions>
{
    public ValidateOptionsResult Validate(string? name, IssuerOptions options)
    {
        if (!Uri.TryCreate(options.Issuer, UriKind.Absolute, out var issuer) || issuer.Scheme is not ("https" or "http"))
            return Wrong("it is no address; give one such as https://access.example.com.");
        if (issuer.Scheme == "http" && !issuer.IsLoopback)
            return Wrong("it must use https; http is allowed on loopback only.");
        // RFC 8414 s2: no query, no fragment. Compared as a string by everybody, so it must be written as it is meant.
        if (options.Issuer.EndsWith('/') || issuer.Query.Length > 0 || issuer.Fragment.Length > 0 || issuer.UserInfo.Length > 0 || options.Issuer.AsSpan().ContainsAny("?# \\"))
            return Wrong("it has neither a slash at the end nor a query, fragment or user name.");
        if (!string.Equals(issuer.AbsoluteUri.TrimEnd('/'), options.Issuer, StringComparison.Ordinal))
            return Wrong($"write it in its normal form: {issuer.AbsoluteUri.TrimEnd('/')}.");

        return ValidateOptionsResult.Success;
    }

    private static ValidateOptionsResult Wrong(string why) => ValidateOptionsResult.Fail("Issuer: " + why);
}
