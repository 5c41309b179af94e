using System.ComponentModel;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console;

/// <summary>How the console fits into the product around it.</summary>
internal sealed record ConsoleOptions
{
    public const string Section = "ApiConnections:Console";

    [Description("The product's own pages in the menu of the settings, one text each: address, English, Spanish and Portuguese label with `|` between them, such as `https://erp.example.com/calendar | Business Calendar | Calendario laboral | Calendário comercial`; the address is https, or a path on this host.")]
    public IReadOnlyList<string> HostLinks { get; init; } = [];

    internal IReadOnlyList<HostLink> Links => [.. HostLinks.Select(HostLink.Read).OfType<HostLink>()];
}

/// <summary>A page of the product around the console.</summary>
/// <param name="Labels">In the order of the languages.</param>
internal sealed record HostLink(string Address, IReadOnlyList<string> Labels)
{
    public static HostLink? Read(string text)
    {
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        return parts.Length == 4 && parts.All(part => part.Length > 0) && IsAddress(parts[0]) ? new HostLink(parts[0], parts[1..]) : null;
    }

    private static bool IsAddress(string address) =>
        Microsoft.AspNetCore.Http.HttpResults.RedirectHttpResult.IsLocalUrl(address) || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps);
}

internal sealed class ConsoleOptionsValidator : IValidateOptions<ConsoleOptions>
{
    public ValidateOptionsResult Validate(string? name, ConsoleOptions options) =>
        options.HostLinks.FirstOrDefault(text => HostLink.Read(text) is null) is { } wrong
            ? ValidateOptionsResult.Fail($"HostLinks: \"{wrong}\" is not an address and three labels with | between them.")
            : ValidateOptionsResult.Success;
}
