using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>
/// Code that asks for a token and works when it is pasted, filled with a consumer's key and this installation's address: for client credentials at once, for the
/// authorization code after a person has been at the address that it names.
/// </summary>
internal static class Snippets
{
    public static readonly IReadOnlyList<string> Languages = ["curl", "C#", "Node", "Python", "Java", "Go"];

    /// <summary>As programs read their environment from a file.</summary>
    public static string Env(IssuerOptions issuer, string key, string? secret) =>
        $"API_CONNECTIONS_ISSUER={issuer.Issuer}\nAPI_CONNECTIONS_TOKEN_URL={issuer.Address("/oauth/token")}\nAPI_CONNECTIONS_KEY={key}\n" + (secret is null ? "" : $"API_CONNECTIONS_SECRET={secret}\n");

    /// <summary>How that file is called: browsers give another name to one that begins with a dot.</summary>
    public static string EnvFile(string name, string key) => (DisplayText.Words(name) is { Length: > 0 } words ? string.Join('-', words) : key) + ".env";

    /// <param name="secret">Null for a public consumer.</param>
    /// <param name="callback">Null for client credentials.</param>
    public static string In(string language, IssuerOptions issuer, string key, string? secret, string? callback)
    {
        var form = new List<(string Name, string Value)>();
        if (callback is null)
            form.Add(("grant_type", "client_credentials"));
        else
            form.AddRange([("grant_type", "authorization_code"), ("code", "THE_CODE"), ("redirect_uri", callback), ("code_verifier", "THE_VERIFIER")]);
        form.Add(("client_id", key));
        if (secret is not null)
            form.Add(("client_secret", secret));

        var url = issuer.Address("/oauth/token");
        var code = language switch
        {
            "C#" => CSharp(url, form),
            "Node" => Node(url, form),
            "Python" => Python(url, form),
            "Java" => Java(url, form),
            "Go" => Go(url, form),
            _ => Curl(url, form),
        };
        return callback is null ? code : Authorize(language, issuer, key, callback) + code;
    }

    // RFC 7636 s4.3: the challenge is the SHA-256 of the verifier, in base64url.
    private static string Authorize(string language, IssuerOptions issuer, string key, string callback) =>
        $"{(language is "curl" or "Python" ? "#" : "//")} {issuer.Address("/oauth/authorize")}?response_type=code&client_id={key}&redirect_uri={Uri.EscapeDataString(callback)}&state=RANDOM&code_challenge=SHA256_OF_THE_VERIFIER&code_challenge_method=S256\n";

    private static string Curl(string url, List<(string Name, string Value)> form) =>
        $"curl {url}" + string.Concat(form.Select(field => $" \\\n  --data-urlencode '{field.Name}={field.Value.Replace("'", "%27", StringComparison.Ordinal)}'"));

    private static string CSharp(string url, List<(string Name, string Value)> form) => $$"""
        using var http = new HttpClient();
        var answer = await http.PostAsync("{{url}}", new FormUrlEncodedContent(new Dictionary<string, string>
        {
        {{Lines(form, "    [\"{0}\"] = \"{1}\",")}}
        }));
        Console.WriteLine(await answer.Content.ReadAsStringAsync());
        """;

    private static string Node(string url, List<(string Name, string Value)> form) => $$"""
        fetch('{{url}}', {
          method: 'POST',
          body: new URLSearchParams({
        {{Lines(form, "    {0}: '{1}',")}}
          }),
        }).then(answer => answer.json()).then(console.log);
        """;

    private static string Python(string url, List<(string Name, string Value)> form) => $$"""
        import json, urllib.parse, urllib.request

        form = urllib.parse.urlencode({
        {{Lines(form, "    \"{0}\": \"{1}\",")}}
        }).encode()
        print(json.load(urllib.request.urlopen("{{url}}", form)))
        """;

    private static string Java(string url, List<(string Name, string Value)> form) => $$"""
        import java.net.*;
        import java.net.http.*;

        public class Token {
            public static void main(String[] args) throws Exception {
                var form = "{{string.Join('&', form.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"))}}";
                var request = HttpRequest.newBuilder(URI.create("{{url}}"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form)).build();
                System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
            }
        }
        """;

    private static string Go(string url, List<(string Name, string Value)> form) => $$"""
        package main

        import (
        	"fmt"
        	"io"
        	"net/http"
        	"net/url"
        )

        func main() {
        	answer, err := http.PostForm("{{url}}", url.Values{
        {{Lines(form, "\t\t\"{0}\": {{\"{1}\"}},")}}
        	})
        	if err != nil {
        		panic(err)
        	}
        	body, _ := io.ReadAll(answer.Body)
        	fmt.Println(string(body))
        }
        """;

    // Keys, secrets and callback URLs hold nothing that a string of any of these languages has to escape, but for the apostrophe that a URI may hold.
    private static string Lines(List<(string Name, string Value)> form, string line) =>
        string.Join('\n', form.Select(field => string.Format(System.Globalization.CultureInfo.InvariantCulture, line, field.Name, field.Value.Replace("'", "%27", StringComparison.Ordinal))));
}
