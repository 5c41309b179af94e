namespace ApiConnections.Benchmarks;

/// <summary>What this run found, by name; the figures that are asked for are held against it.</summary>
internal sealed class Measured
{
    private readonly Dictionary<string, double> values = [];

    /// <summary>Null where it was not measured, or only with errors in the answers.</summary>
    public double? this[string name]
    {
        get => values.TryGetValue(name, out var value) ? value : null;
        set
        {
            if (value is { } known)
                values[name] = known;
        }
    }

    public double? Ratio(string name, string to) => this[name] / this[to];
}
