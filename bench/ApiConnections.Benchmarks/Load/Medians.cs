namespace ApiConnections.Benchmarks.Load;

/// <summary>The one in the middle, of an even number the upper of both.</summary>
internal static class Medians
{
    public static double Median(IEnumerable<double> values) => Median([.. values], value => value);

    public static double Median<T>(IReadOnlyCollection<T> samples, Func<T, double> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);
}
