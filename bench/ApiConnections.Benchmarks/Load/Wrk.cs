using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ApiConnections.Benchmarks.Load;

/// <summary>The load generator wrk (Debian package <c>wrk</c>).</summary>
internal static partial class Wrk
{
    public const int Connections = 64;
    public const int Threads = 2;

    public sealed record Result(long Requests, double RequestsPerSecond, bool AllGood);

    public static async Task<Result> Run(string url, TimeSpan duration, params string[] headers)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[$"-c{Connections}", $"-t{Threads}", $"-d{(int)duration.TotalSeconds}s", .. headers.SelectMany(header => new[] { "-H", header }), url])
            start.ArgumentList.Add(argument);

        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        return new Result(
            (long)Number(Requests(), output), Number(Rate(), output), !output.Contains("Non-2xx", StringComparison.Ordinal) && !output.Contains("Socket errors", StringComparison.Ordinal));
    }

    private static double Number(Regex pattern, string output) => double.Parse(pattern.Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) requests in", RegexOptions.NonBacktracking)]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Rate();
}
