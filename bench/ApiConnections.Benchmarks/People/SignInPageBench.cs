using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.People;

/// <summary>What a browser loads that opens the sign-in page for the first time, and how soon the page is answered to one after the other.</summary>
internal static partial class SignInPageBench
{
    private const int Times = 2_000;

    public static async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var table = new MarkdownTable("sign-in page", "bytes of the page", "with all that it loads", "answered in ms, p50", "p99");
        foreach (var engine in BenchInstallation.Engines)
            table.Add([engine, .. await Measure(engine)]);

        table.Print(Console.Out);
    }

    private static async Task<string[]> Measure(string engine)
    {
        using var installation = await BenchInstallation.New(engine);
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(await server.ReadLine()) };
        var linked = Linked().Matches(await http.GetStringAsync(new Uri("/signin", UriKind.Relative))).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToArray();
        http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
        var page = await Load(http, "/signin");
        var all = page;
        foreach (var address in linked)
            all += await Load(http, address);

        var times = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await Load(http, "/signin");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        var warm = times.Skip(Times / 4).Order().ToList();
        return [$"{page:N0}", $"{all:N0}", $"{warm[warm.Count / 2]:F2}", $"{warm[warm.Count * 99 / 100]:F2}"];
    }

    // As they come over the wire, with the headers.
    private static async Task<int> Load(HttpClient http, string address)
    {
        using var answer = await http.GetAsync(new Uri(address, UriKind.Relative));
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"{address} is answered {(int)answer.StatusCode}.");

        var body = await answer.Content.ReadAsByteArrayAsync();
        var headers = answer.Headers.Concat(answer.Content.Headers).Sum(header => header.Value.Sum(value => header.Key.Length + value.Length + 4));
        return headers + body.Length;
    }

    [GeneratedRegex("<link [^>]*href=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Linked();
}
