using System.Net.Http.Headers;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Two thousand access tokens of a program, looked at in turn and again by the API that they are for: their signatures are known, their state is read each time.</summary>
internal static class IntrospectBench
{
    private const int Tokens = 2000;
    private const int AtOnce = 32;

    public static Task Run(string[] engines) => new BesideTokens("introspection of 2,000 access tokens in turn").Run(engines, installation => Task.FromResult<(BesideTokens.Make, Target)>((
        (server, _) => Make(server, installation), new Target("oauth/introspect", installation.ApiAuthorization, "\"active\":true"))));

    private static async Task<Forms> Make(Uri server, BenchInstallation installation)
    {
        using var http = new HttpClient { BaseAddress = server };
        http.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(installation.Authorization);
        var forms = new string[Tokens];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < Tokens; i = Interlocked.Increment(ref next))
                forms[i] = "token=" + await Token(http);
        })));
        return new Forms(forms, MayRepeat: true);
    }

    private static async Task<string> Token(HttpClient http)
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var answer = await http.PostAsync(new Uri("/oauth/token", UriKind.Relative), form);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return body.RootElement.GetProperty("access_token").GetString()!;
    }
}
