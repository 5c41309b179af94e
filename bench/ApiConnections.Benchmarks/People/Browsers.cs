using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ApiConnections.Benchmarks.People;

/// <summary>As many browsers as there are people, each going from the app through the consent back to the app, again and again.</summary>
internal sealed partial class Browsers(Uri server, string app, IReadOnlyList<string> sessions) : IDisposable
{
    private const string Callback = "https://app.bench/callback";

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 512 }) { BaseAddress = server };

    /// <returns>The milliseconds of each journey that arrived, and how many did not.</returns>
    public async Task<(List<double> Times, int Errors)> Travel(TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(sessions.Select(session => Task.Run(async () =>
        {
            var (times, errors, cookies) = (new List<double>(), 0, new Dictionary<string, string> { ["session"] = session });
            while (Stopwatch.GetTimestamp() < end)
            {
                var start = Stopwatch.GetTimestamp();
                if (await Journey(cookies))
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                else
                    errors++;
            }

            return (times, errors);
        })));
        return ([.. all.SelectMany(person => person.times)], all.Sum(person => person.errors));
    }

    public void Dispose() => http.Dispose();

    private async Task<bool> Journey(Dictionary<string, string> cookies)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var asked = await Send(cookies, HttpMethod.Get, $"/oauth/authorize?response_type=code&client_id={app}&redirect_uri={Uri.EscapeDataString(Callback)}&prompt=consent&state=s&code_challenge={challenge}&code_challenge_method=S256");
        if (asked.Location is not { } consent)
            return false;

        var page = await Send(cookies, HttpMethod.Get, consent);
        var form = Hidden().Matches(page.Html).Select(field => KeyValuePair.Create(field.Groups[1].Value, WebUtility.HtmlDecode(field.Groups[2].Value)))
            .Concat(Ticked().Matches(page.Html).Select(field => KeyValuePair.Create("scope", field.Groups[1].Value)))
            .Append(KeyValuePair.Create("decision", "allow"));
        var answer = await Send(cookies, HttpMethod.Post, "/consent", form);
        if (Code().Match(WebUtility.HtmlDecode(answer.Html)) is not { Success: true } code)
            return false;

        var token = await Send([], HttpMethod.Post, "/oauth/token", new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = app,
            ["code"] = code.Groups[1].Value,
            ["redirect_uri"] = Callback,
            ["code_verifier"] = verifier,
        });
        return token.Html.Contains("refresh_token", StringComparison.Ordinal);
    }

    private async Task<(string? Location, string Html)> Send(Dictionary<string, string> cookies, HttpMethod method, string address, IEnumerable<KeyValuePair<string, string>>? form = null)
    {
        using var request = new HttpRequestMessage(method, address) { Content = form is null ? null : new FormUrlEncodedContent(form) };
        if (cookies.Count > 0)
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));

        using var response = await http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var set))
        {
            foreach (var cookie in set)
                cookies[cookie[..cookie.IndexOf('=', StringComparison.Ordinal)]] = cookie[(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..cookie.IndexOf(';', StringComparison.Ordinal)];
        }

        return (response.Headers.Location?.OriginalString, await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();

    [GeneratedRegex("<input[^>]*name=\"scope\"[^>]*value=\"([^\"]*)\"")]
    private static partial Regex Ticked();

    [GeneratedRegex("[?&]code=([A-Za-z0-9_]+)")]
    private static partial Regex Code();
}
