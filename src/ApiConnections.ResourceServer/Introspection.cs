using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>What the issuer says of one token; requests that come meanwhile share it.</summary>
internal sealed record IntrospectionAnswer(long AskedAt, Lazy<Task<bool?>> Active);

/// <summary>The answer on the wire; what else it says is not needed: the token itself was verified.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7662#section-2.2"/>
internal sealed record IntrospectionDocument([property: JsonPropertyName("active"), JsonRequired] bool Active);

/// <summary>Asks the issuer whether a token is still good, while revocations are not heard of: at most once a second for each token.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7662#section-2.1"/>
internal sealed class Introspection(IssuerNodes nodes, IOptions<ResourceServerOptions> options, ResourceServerMetrics metrics, TimeProvider clock)
{
    private const string Path = "/oauth/introspect";
    private static readonly TimeSpan goodFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    /// <summary>Null where nobody can say, or nobody is to be asked.</summary>
    public Task<bool?> IsActive(string text, AccessToken token)
    {
        if (options.Value.WhenStale == WhenStale.Refuse)
            return Task.FromResult<bool?>(null);

        var known = Volatile.Read(ref token.Introspected);
        if (known is null || clock.GetElapsedTime(known.AskedAt) >= goodFor)
        {
            var mine = new IntrospectionAnswer(clock.GetTimestamp(), new Lazy<Task<bool?>>(() => Task.Run(() => Ask(text))));
            known = Interlocked.CompareExchange(ref token.Introspected, mine, known) is var other && ReferenceEquals(other, known) ? mine : other!;
        }

        return known.Active.Value;
    }

    private async Task<bool?> Ask(string text)
    {
        using var late = new CancellationTokenSource(patience, clock);
        bool? active = null;
        for (var attempt = 0; attempt < nodes.Count && active is null && !late.IsCancellationRequested; attempt++)
        {
            var node = nodes.Current;
            try
            {
                active = await Ask(node, text, late.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
            {
                nodes.MoveOn(node);
            }
        }

        metrics.Introspected(active);
        return active;
    }

    private async Task<bool?> Ask(string node, string text, CancellationToken late)
    {
        using var client = nodes.Client();
        using var request = nodes.Request(HttpMethod.Post, node, Path);
        request.Content = new FormUrlEncodedContent([new("token", text), new("token_type_hint", "access_token")]);
        using var response = await client.SendAsync(request, late);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            nodes.MoveOn(node);
            return null;
        }

        return (await response.Content.ReadFromJsonAsync(ResourceServerJson.Default.IntrospectionDocument, late))?.Active;
    }
}
