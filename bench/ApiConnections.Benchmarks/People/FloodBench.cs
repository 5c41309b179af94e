using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.People;

/// <summary>Client credentials while 50 wrong sign-ins a second arrive, each from a network of its own and for a person of its own, beside the rate without them; the two take turns.</summary>
internal static partial class FloodBench
{
    private const int PerSecond = 50;
    private const int Rounds = 3;
    private const string Form = "grant_type=client_credentials";
    private static readonly TimeSpan round = TimeSpan.FromSeconds(8);

    public static async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        using var installation = await BenchInstallation.New("SQLite");
        // The generator stands for many networks: it says which, as a proxy does.
        installation.Settings["ApiConnections:Http:KnownProxies:0"] = "127.0.0.0/8";
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = await server.ReadLine();
        Task<Wrk.Result> Tokens() => Wrk.Post(url + "/oauth/token", Form, installation.Authorization, round);

        await Tokens();
        var (ratios, quiet, busy, hashed, refused) = (new List<double>(), new List<double>(), new List<double>(), 0, 0);
        for (var turn = 0; turn < Rounds; turn++)
        {
            var without = await Tokens();
            using var stop = new CancellationTokenSource();
            var flood = Flood(new Uri(url), stop.Token);
            var with = await Tokens();
            await stop.CancelAsync();
            var (wrong, turnedAway) = await flood;
            (hashed, refused) = (hashed + wrong, refused + turnedAway);
            quiet.Add(without.RequestsPerSecond);
            busy.Add(with.RequestsPerSecond);
            ratios.Add(with.RequestsPerSecond / without.RequestsPerSecond);
        }

        var table = new MarkdownTable("client credentials, 64 connections, SQLite", "requests/s", "ratio", "sign-ins answered wrong", "turned away (429)");
        table.Add("without sign-ins", $"{Median(quiet):N0}", "1.00", "", "");
        table.Add($"{PerSecond} wrong sign-ins a second", $"{Median(busy):N0}", $"{Median(ratios):F2}", $"{hashed}", $"{refused}");
        table.Print(Console.Out);
    }

    private static async Task<(int Wrong, int TurnedAway)> Flood(Uri server, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = server };
        using var page = await http.GetAsync("/signin", CancellationToken.None);
        var token = WebUtility.HtmlDecode(Token().Match(await page.Content.ReadAsStringAsync(CancellationToken.None)).Groups[1].Value);
        var cookie = page.Headers.GetValues("Set-Cookie").Select(set => set[..set.IndexOf(';', StringComparison.Ordinal)]).First(set => set.Contains("antiforgery", StringComparison.Ordinal));

        var asked = new List<Task<HttpStatusCode>>();
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        while (!stop.IsCancellationRequested && await tick.WaitForNextTickAsync(CancellationToken.None))
            asked.Add(SignIn(http, asked.Count, token, cookie));

        var answers = await Task.WhenAll(asked);
        return (answers.Count(answer => answer != HttpStatusCode.TooManyRequests), answers.Count(answer => answer == HttpStatusCode.TooManyRequests));
    }

    private static async Task<HttpStatusCode> SignIn(HttpClient http, int number, string token, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/signin")
        {
            Content = new FormUrlEncodedContent([new("antiforgery", token), new("email", $"person-{number}@bench.test"), new("password", "not the password")]),
        };
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", $"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}");
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    [GeneratedRegex("name=\"antiforgery\" value=\"([^\"]*)\"")]
    private static partial Regex Token();
}
