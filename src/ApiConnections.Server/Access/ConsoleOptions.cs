using System.ComponentModel;
using ApiConnections.Server.Model;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access;

/// <summary>How the console fits into the product around it.</summary>
internal sealed record ConsoleOptions
{
    public const string Section = "ApiConnections:Console";

    [Description("The product's own pages in the menu of the settings, for every company that has set none of its own, one text each: https address, English, Spanish and Portuguese label, and an icon where one is wanted, with `|` between them, such as `https://erp.example.com/calendar | Business Calendar | Calendario laboral | Calendário comercial | calendar`. Icons: `link`, `calendar`, `money`, `book`, `document`, `people`, `building`, `tools`, `chart`, `map`, `phone`, `help`.")]
    public IReadOnlyList<string> HostLinks { get; init; } = [];

    /// <summary>A link as it is written in the settings; null where it is none.</summary>
    internal static HostLink? Read(string text)
    {
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        return parts.Length is 4 or 5 ? new HostLink(parts[0], parts.ElementAtOrDefault(4) ?? HostLink.AnyIcon, parts[1], parts[2], parts[3]) : null;
    }
}

internal sealed class ConsoleOptionsValidator : IValidateOptions<ConsoleOptions>
{
    public ValidateOptionsResult Validate(string? name, ConsoleOptions options) =>
        options.HostLinks.Select(WhyNot).FirstOrDefault(whyNot => whyNot is not null) is { } wrong ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;

    private static string? WhyNot(string text)
    {
        if (ConsoleOptions.Read(text) is not { } link)
            return $"HostLinks: \"{text}\" is not an address and three labels, and perhaps an icon, with | between them.";

        return link.Problems().Select(problem => problem.WhyNot).FirstOrDefault() is { } whyNot ? $"HostLinks: \"{text}\": {whyNot}" : null;
    }
}
