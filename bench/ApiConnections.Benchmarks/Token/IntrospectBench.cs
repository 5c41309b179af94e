using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Access tokens of a program, each looked at once by the API that they are for.</summary>
internal static class IntrospectBench
{
    private const int AtOnce = 32;

    public static Task Run() => new BesideTokens("introspection of an access token").Run(installation => Task.FromResult<(BesideTokens.Make, Target)>((
        (server, count) => Make(server, installation, count), new Target("/oauth/introspect", installation.ApiAuthorization, "\"active\":true"))));

    private static async Task<IReadOnlyList<byte[]>> Make(Uri server, BenchInstallation installation, int count)
    {
        using var http = new HttpClient { BaseAddress = server };
        http.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(installation.Authorization);
        var forms = new byte[count][];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
                forms[i] = Encoding.ASCII.GetBytes("token=" + await Token(http));
        })));
        return forms;
    }

    private static async Task<string> Token(HttpClient http)
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var answer = await http.PostAsync(new Uri("/oauth/token", UriKind.Relative), form);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return body.RootElement.GetProperty("access_token").GetString()!;
    }
}
