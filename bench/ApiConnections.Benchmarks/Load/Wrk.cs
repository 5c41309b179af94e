using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ApiConnections.Benchmarks.Load;

/// <summary>The load generator wrk (Debian package <c>wrk</c>).</summary>
internal static partial class Wrk
{
    public const int Connections = 64;
    public const int Threads = 2;

    /// <param name="Latency">Milliseconds at the 50th, 90th and 99th percentile.</param>
    public sealed record Result(long Requests, double RequestsPerSecond, (double P50, double P90, double P99) Latency, bool AllGood);

    public static Task<Result> Run(string url, TimeSpan duration, params string[] headers) =>
        Run([.. headers.SelectMany(header => new[] { "-H", header }), url], duration);

    /// <summary>Sends the same form with every request.</summary>
    public static async Task<Result> Post(string url, string form, string authorization, TimeSpan duration)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, $"""
                wrk.method = "POST"
                wrk.body = "{form}"
                wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
                wrk.headers["Authorization"] = "{authorization}"
                """);
            return await Run(["-s", script, url], duration);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task<Result> Run(string[] what, TimeSpan duration)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[$"-c{Connections}", $"-t{Threads}", $"-d{(int)duration.TotalSeconds}s", "--latency", .. what])
            start.ArgumentList.Add(argument);

        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        return new Result(
            (long)Number(Requests(), output),
            Number(Rate(), output),
            (Percentile("50", output), Percentile("90", output), Percentile("99", output)),
            !output.Contains("Non-2xx", StringComparison.Ordinal) && !output.Contains("Socket errors", StringComparison.Ordinal));
    }

    private static double Percentile(string percent, string output)
    {
        var match = Percentiles().Matches(output).First(match => match.Groups[1].Value == percent);
        var factor = match.Groups[3].Value switch { "us" => 0.001, "ms" => 1.0, _ => 1000.0 };
        return double.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) * factor;
    }

    private static double Number(Regex pattern, string output) => double.Parse(pattern.Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) requests in", RegexOptions.NonBacktracking)]
    private static partial Regex Requests();

    [GeneratedRegex(@"(\d+)%\s+([\d.]+)(us|ms|s)", RegexOptions.NonBacktracking)]
    private static partial Regex Percentiles();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Rate();
}
