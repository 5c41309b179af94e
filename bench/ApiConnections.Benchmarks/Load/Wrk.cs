using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ApiConnections.Benchmarks.Load;

/// <summary>The bodies of requests.</summary>
internal sealed record Forms(IReadOnlyList<string> Bodies, bool MayRepeat);

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

    /// <summary>Comes with each of these bearer tokens in turn.</summary>
    public static async Task<Result> Get(string url, IReadOnlyList<string> tokens, TimeSpan duration)
    {
        var (script, list) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            await File.WriteAllLinesAsync(list, tokens);
            await File.WriteAllTextAsync(script, $$"""
                local requests, next = {}, 0
                function init(arguments)
                    for line in io.lines("{{list}}") do requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. line }) end
                end
                function request()
                    next = next % #requests + 1
                    return requests[next]
                end
                """);
            return await Run(["-s", script, url], duration);
        }
        finally
        {
            File.Delete(script);
            File.Delete(list);
        }
    }

    /// <summary>Sends each of these forms once, or again and again in turn.</summary>
    /// <param name="authorization">The header of that name; null for none.</param>
    /// <param name="expected">What has to stand in a good answer.</param>
    public static async Task<Result> Post(string url, Forms forms, string? authorization, string expected, int connections, TimeSpan duration)
    {
        var (script, list) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            await File.WriteAllLinesAsync(list, forms.Bodies);
            await File.WriteAllTextAsync(script, $$"""
                local forms, next, threads = {}, 0, {}
                bad = 0
                wrk.method = "POST"
                wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
                {{(authorization is null ? "" : $"wrk.headers[\"Authorization\"] = \"{authorization}\"")}}
                function setup(thread) table.insert(threads, thread) end
                function init(arguments)
                    for line in io.lines("{{list}}") do forms[#forms + 1] = wrk.format(nil, nil, nil, line) end
                end
                function request()
                    if next == #forms then
                        if not {{(forms.MayRepeat ? "true" : "false")}} then print("Too few forms") wrk.thread:stop() end
                        next = 0
                    end
                    next = next + 1
                    return forms[next]
                end
                {{(expected.Length == 0 ? "" : Checked(expected))}}
                """);
            // One thread: a second one would read its forms while the first is at work already.
            return await Run(["-s", script, url], duration, connections, threads: 1);
        }
        finally
        {
            File.Delete(script);
            File.Delete(list);
        }
    }

    // Reading every answer costs the generator time, so only where a status is not enough.
    private static string Checked(string expected) => $"""
        function response(status, headers, body)
            if not body:find([[{expected}]], 1, true) then bad = bad + 1 end
        end
        function done(summary, latency, requests)
            for _, thread in ipairs(threads) do
                if thread:get("bad") > 0 then print("Non-2xx or unexpected: " .. thread:get("bad")) end
            end
        end
        """;

    private static async Task<Result> Run(string[] what, TimeSpan duration, int connections = Connections, int threads = Threads)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[$"-c{connections}", $"-t{threads}", $"-d{(int)duration.TotalSeconds}s", "--latency", .. what])
            start.ArgumentList.Add(argument);

        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        if (output.Contains("Too few forms", StringComparison.Ordinal))
            throw new TooFewFormsException(Number(Rate(), output));

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

/// <summary>All forms were sent before the time was over: make more.</summary>
/// <param name="rate">Requests a second until then.</param>
internal sealed class TooFewFormsException(double rate) : InvalidOperationException("All forms were sent before the time was over: make more.")
{
    public double Rate => rate;
}
