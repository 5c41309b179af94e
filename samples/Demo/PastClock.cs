namespace ApiConnections.Samples.Demo;

/// <summary>The clock by which the demo's past is played: it stands still until it is set on, and never goes back.</summary>
internal sealed class PastClock(DateTimeOffset today) : TimeProvider
{
    private DateTimeOffset now = DateTimeOffset.MinValue;

    /// <summary>When the demo starts, where the past ends.</summary>
    public DateTimeOffset Today { get; } = today;

    public override DateTimeOffset GetUtcNow() => now;

    public void SetOn(DateTimeOffset to) => now = to > now ? to : now;

    /// <summary>When something of that age was. Of whole days, at some minute of a working day's nine hours, the same one for the same <paramref name="what"/>.</summary>
    public DateTimeOffset At(Age age, string what)
    {
        if (age.Ago < TimeSpan.FromDays(1) || age.Ago.Ticks % TimeSpan.TicksPerDay != 0)
            return Today - age.Ago;

        var day = Today - age.Ago;
        return new DateTimeOffset(day.Year, day.Month, day.Day, 12, 0, 0, TimeSpan.Zero).AddMinutes(Chance.Of(what) * 540) is var at && at < Today ? at : day;
    }
}

/// <summary>What looks like chance and is the same at every start.</summary>
internal static class Chance
{
    /// <returns>From 0 to 1.</returns>
    public static double Of(string what)
    {
        // FNV-1a, and a last stir, since names that differ in one letter lie close together.
        var hash = 2166136261u;
        foreach (var character in what)
            hash = (hash ^ character) * 16777619u;

        hash = (hash ^ (hash >> 15)) * 2246822519u;
        return (hash ^ (hash >> 13)) / (double)uint.MaxValue;
    }
}
