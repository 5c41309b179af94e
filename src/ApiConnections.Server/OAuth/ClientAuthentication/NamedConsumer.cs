using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

/// <summary>The consumer that a request names without having shown that it is it: its owner is told why.</summary>
internal static class NamedConsumer
{
    private static readonly object item = new();

    /// <summary>The key of the consumer that was turned away; null where none that exists was named.</summary>
    public static string? Of(HttpContext http) => http.Items.TryGetValue(item, out var key) ? (string?)key : null;

    public static Refusal TurnAway(HttpContext http, KnownConsumer consumer, Refusal refusal)
    {
        http.Items[item] = consumer.Consumer.Key;
        return refusal;
    }

    /// <summary>Which secret it was that nobody is let in with: by its last four characters, and only where it is one of ours.</summary>
    public static Refusal ExplainSecret(Refusal refusal, KnownConsumer consumer, in ClientCredentials credentials, DateTimeOffset now)
    {
        var live = consumer.Secrets.Where(known => known.Secret.IsLiveAt(now)).Select(known => "…" + known.Secret.Hint).ToArray();
        var expected = live.Length > 0 ? "a secret that ends with " + string.Join(", ", live) : consumer.Consumer.Confidential ? "a new secret: none is live" : "no secret: the consumer is public";
        if (credentials.Secret is not { } sent)
            return (refusal with { Detail = "No secret was sent." }).Against(expected, null);
        if ((Find(consumer, sent) ?? Find(consumer, credentials.UndecodedSecret)) is { } expired)
            return (refusal with { Detail = $"The secret expired at {expired.ExpiresAt:u}." }).Against(expected, "…" + expired.Hint);
        if (ClientSecret.IsWhole(sent))
            return (refusal with { Detail = "The secret is none of the consumer's live ones: it was revoked, or is another consumer's." }).Against(expected, "…" + sent[^4..]);

        return (refusal with { Detail = "What was sent is none of the consumer's secrets: it was cut, changed on the way, or is something else." }).Against(expected, null);
    }

    private static StoredSecret? Find(KnownConsumer consumer, string? sent)
    {
        if (sent is null)
            return null;

        var hash = new SecretHash(SHA256.HashData(Encoding.UTF8.GetBytes(sent)));
        return consumer.Secrets.FirstOrDefault(known => known.Secret.Hash.Equals(hash))?.Secret;
    }
}
