using System.Globalization;

namespace ApiConnections.Server.Console.Components;

/// <summary>Reads the parts of an address that are no text. Anybody can write anything into one: what is none is as if it were not there.</summary>
internal static class AddressText
{
    private const int LastPage = 1_000_000;

    /// <summary>Which page of a list, from 1.</summary>
    public static int Page(string? text) => (int)Math.Clamp(Number(text) ?? 1, 1, LastPage);

    public static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool? Flag(string? text) => bool.TryParse(text, out var flag) ? flag : null;
}
