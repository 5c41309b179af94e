using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Peers;

/// <summary>Gets codes, refresh tokens and access tokens from a server as its clients do, to send each once.</summary>
internal static class PeerClients
{
    public const string MachineForm = "grant_type=client_credentials&scope=assets%3Aview%20tasks%3Aview";
    private const int AtOnce = 32;
    private const int Introspected = 2000;
    private static readonly string verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
    private static readonly string challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    public static Asked Machine(string authorization) => new(new Forms([MachineForm], MayRepeat: true), new Target(Authorization: authorization));

    public static async Task<Asked> Codes(Uri server, int count, string app, string callback)
    {
        using var http = Client(server);
        return new Asked(new Forms(await Each(count, _ => CodeForm(http, app, callback)), MayRepeat: false), new Target());
    }

    public static async Task<Asked> RefreshTokens(Uri server, int count, string app, string callback)
    {
        using var http = Client(server);
        var forms = await Each(count, async _ =>
        {
            var answer = await Post(http, "/oauth/token", await CodeForm(http, app, callback));
            return $"grant_type=refresh_token&client_id={app}&refresh_token={Uri.EscapeDataString(answer.GetProperty("refresh_token").GetString()!)}";
        });
        return new Asked(new Forms(forms, MayRepeat: false), new Target());
    }

    /// <param name="form">What gets an access token.</param>
    /// <param name="expected">What stands in the answer for a good one.</param>
    public static async Task<Asked> Introspection(Uri server, string authorization, string form, string apiAuthorization, string expected)
    {
        using var http = Client(server);
        http.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(authorization);
        var forms = await Each(Introspected, async _ => "token=" + Uri.EscapeDataString((await Post(http, "/oauth/token", form)).GetProperty("access_token").GetString()!));
        return new Asked(new Forms(forms, MayRepeat: true), new Target("oauth/introspect", apiAuthorization, expected));
    }

    private static HttpClient Client(Uri server) => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server };

    private static async Task<string> CodeForm(HttpClient http, string app, string callback)
    {
        var query = $"client_id={app}&response_type=code&redirect_uri={Uri.EscapeDataString(callback)}&scope=offline_access%20assets%3Aview%20tasks%3Aview&code_challenge={challenge}&code_challenge_method=S256";
        using var answer = await http.GetAsync(new Uri("/oauth/authorize?" + query, UriKind.Relative));
        var code = answer.Headers.Location is { } back ? HttpUtility.ParseQueryString(back.Query)["code"] : null;
        return code is null
            ? throw new InvalidOperationException($"No code: {(int)answer.StatusCode} {answer.Headers.Location} {await answer.Content.ReadAsStringAsync()}")
            : $"grant_type=authorization_code&client_id={app}&code={Uri.EscapeDataString(code)}&redirect_uri={Uri.EscapeDataString(callback)}&code_verifier={verifier}";
    }

    private static async Task<JsonElement> Post(HttpClient http, string path, string form)
    {
        using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(body).RootElement : throw new InvalidOperationException($"{(int)answer.StatusCode} {body}");
    }

    private static async Task<string[]> Each(int count, Func<int, Task<string>> make)
    {
        var made = new string[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => made[i] = await make(i));
        return made;
    }
}
