using System.Globalization;

namespace ApiConnections.Server.Console.Static;

/// <summary>Times as people say them: "3 minutes ago".</summary>
internal static class RelativeTime
{
    // Each unit with how many seconds it has; a month and a year of the Gregorian calendar's average length.
    private static readonly (string Unit, double Seconds)[] units = [("year", 31_556_952), ("month", 2_629_746), ("day", 86_400), ("hour", 3_600), ("minute", 60)];

    /// <summary>How long ago <paramref name="at"/> was, in the page's language.</summary>
    public static string Ago(PageContext page, DateTimeOffset at, DateTimeOffset now)
    {
        var seconds = (now - at).TotalSeconds;
        foreach (var (unit, length) in units)
        {
            if (seconds < length)
                continue;

            // All three languages have two forms: one for 1, another for more.
            var count = (long)(seconds / length);
            return count == 1 ? page[$"page.time_{unit}"] : page[$"page.time_{unit}s", count];
        }

        return page["page.time_now"];
    }

    /// <summary>The exact time with its zone and how far that is from UTC, in the page's language.</summary>
    public static string Exact(PageContext page, DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var offset = local.Offset == TimeSpan.Zero ? "UTC" : string.Create(CultureInfo.InvariantCulture, $"UTC{(local.Offset < TimeSpan.Zero ? '-' : '+')}{local.Offset:hh\\:mm}");
        return $"{local.ToString("f", page.Culture)} {(zone.Id == "UTC" ? offset : $"{zone.Id} ({offset})")}";
    }

    /// <summary>A zone by its IANA name; UTC where the machine does not know it.</summary>
    public static TimeZoneInfo Zone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
}
