using System.Globalization;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>What the address of the list says; what it says wrong it does not say.</summary>
internal static class LogAddress
{
    /// <param name="of">The parts of the address by their names.</param>
    /// <param name="zone">Where the days begin: the company's.</param>
    public static LogQuery Read(Func<string, string?> of, TimeZoneInfo zone) => new()
    {
        Actor = of("actor") ?? "",
        Ip = of("ip") ?? "",
        Module = of("module") ?? "",
        Action = of("action") ?? "",
        Subject = of("subject") ?? "",
        Text = of("text") ?? "",
        From = Midnight(of("from"), 0, zone),
        To = Midnight(of("to"), 1, zone),
        Before = AddressText.Number(of("before")),
    };

    private static DateTimeOffset? Midnight(string? day, int later, TimeZoneInfo zone)
    {
        if (!DateTime.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) || date.Year is < 1971 or > 9000)
            return null;

        date = date.AddDays(later);
        return new DateTimeOffset(date, zone.GetUtcOffset(date));
    }
}
