using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

/// <summary>A consumer that has shown its secret; a public one, which has none, has only said who it is.</summary>
/// <param name="From">The address that it came from.</param>
/// <param name="Agent">The user agent that it named; empty where it named none.</param>
internal readonly record struct AuthenticatedConsumer(KnownConsumer Consumer, Company Company, IPAddress? From, string Agent)
{
    /// <summary>For the records of what it causes.</summary>
    public Actor ToActor() => new("consumer:" + Consumer.Consumer.Key, From?.ToString() ?? "");
}

/// <summary>Settles who asks. An unknown key and a wrong secret take the same steps and get the same answer.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-2.3"/>
internal sealed class Clients(ConsumerDirectory directory, FailedAuthentications failures, TimeProvider time)
{
    private const int LongestKey = 256;
    private const int LongestSecret = 256;

    private static readonly Refusal wrong = OAuthError.InvalidClient.Because("The key or the secret is wrong, expired or revoked, or the consumer is disabled.");
    private static readonly Refusal tooMany = OAuthError.OverLimit.Because("Too many failed authentications for this key from this network; wait and check the secret.");

    // Printable ASCII: keys of ours are base62, imported ones may hold more.
    private static readonly SearchValues<char> keyCharacters = SearchValues.Create(Enumerable.Range(0x21, 0x7F - 0x21).Select(c => (char)c).ToArray());

    // What a wrong secret of an unknown key is compared with.
    private static readonly KnownSecret[] nobodys = [new(new StoredSecret(Guid.Empty, new SecretHash(RandomNumberGenerator.GetBytes(SecretHash.Size)), "", "", default, null, null), null!)];

    // Hot path: token
    public async ValueTask<Outcome<AuthenticatedConsumer>> Authenticate(HttpContext http, OAuthForm form)
    {
        if (!ClientCredentials.Read(http.Request, form).TryGet(out var credentials, out var refusal))
            return refusal;

        var address = http.Connection.RemoteIpAddress;
        var (consumer, secret, isRecognised) = await Recognise(credentials);
        if (!isRecognised || consumer is null)
            return Unrecognised(http, consumer, credentials, Fail(credentials, address, "The key is unknown, or the secret is none of its live ones."));

        if (await directory.CompanyOf(consumer) is not { } company)
            return NamedConsumer.TurnAway(http, consumer, Fail(credentials, address, "The company is gone."));
        if (WhyNot(consumer.Consumer, company, address) is { } why)
            return NamedConsumer.TurnAway(http, consumer, Fail(credentials, address, why.Detail).Against(why.Expected, why.Offending));

        var agent = http.Request.Headers.UserAgent.ToString();
        secret?.Use.Record(time.GetUtcNow(), address, agent);
        return new AuthenticatedConsumer(consumer, company, address, agent);
    }

    // The consumer that the key names comes along where the secret is none of its own: its owner is told of it.
    private async ValueTask<(KnownConsumer? Consumer, KnownSecret? Secret, bool IsRecognised)> Recognise(ClientCredentials credentials)
    {
        // A key that cannot exist is looked up all the same, but not with the stranger's bytes.
        var key = IsPlausible(credentials.Key) ? credentials.Key : "";
        var consumer = await directory.Find(key);
        if (Match(consumer, credentials) is { } secret)
            return (consumer, secret, true);
        if (IsPublic(consumer, credentials))
            return (consumer, null, true);

        // It may have been made or given a secret on another node a moment ago.
        consumer = await directory.FindAnew(key) ?? consumer;
        return Match(consumer, credentials) is { } fresh ? (consumer, fresh, true) : (consumer, null, IsPublic(consumer, credentials));
    }

    // RFC 6749 s3.2.1: a client without credentials says who it is. One that sends a secret all the same is not the app that was registered.
    private static bool IsPublic(KnownConsumer? consumer, in ClientCredentials credentials) =>
        credentials.Secret is null && consumer is { Consumer: { Confidential: false, GrantType: GrantType.AuthorizationCode } };

    private KnownSecret? Match(KnownConsumer? consumer, in ClientCredentials credentials) =>
        Match(consumer, credentials.Secret) ?? (credentials.UndecodedSecret is { } asItStands ? Match(consumer, asItStands) : null);

    private KnownSecret? Match(KnownConsumer? consumer, string? presented)
    {
        Span<byte> hash = stackalloc byte[SecretHash.Size];
        Span<byte> utf8 = stackalloc byte[LongestSecret];
        var plausible = presented is not null && Encoding.UTF8.TryGetBytes(presented, utf8, out var length) ? length : 0;
        SHA256.HashData(utf8[..plausible], hash);
        CryptographicOperations.ZeroMemory(utf8);

        var now = time.GetUtcNow();
        KnownSecret? match = null;
        var secrets = consumer is { Secrets.Count: > 0 } ? consumer.Secrets : nobodys;
        for (var i = 0; i < secrets.Count; i++)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, secrets[i].Secret.Hash.Bytes) && secrets[i].Secret.IsLiveAt(now))
                match = secrets[i];
        }

        return consumer is not null && plausible > 0 ? match : null;
    }

    // Nothing more is looked up: that would tell an unknown key from a known one by its time.
    private Refusal Unrecognised(HttpContext http, KnownConsumer? consumer, in ClientCredentials credentials, Refusal refusal) => consumer is { } named
        ? NamedConsumer.TurnAway(http, named, NamedConsumer.ExplainSecret(refusal, named, credentials, time.GetUtcNow()))
        : refusal;

    private Refusal Fail(in ClientCredentials credentials, IPAddress? address, string detail)
    {
        var (allowed, wait) = failures.Count(credentials.Key, address);
        return (allowed ? wrong : tooMany with { RetryAfter = wait }) with { Detail = detail };
    }

    private static (string Detail, string? Expected, string? Offending)? WhyNot(Consumer consumer, Company company, IPAddress? address) => consumer.Status switch
    {
        ConsumerStatus.Disabled => ("The consumer is disabled.", null, null),
        ConsumerStatus.Deleted => ("The consumer is deleted.", null, null),
        _ when company.Status == CompanyStatus.Suspended => ("The company is suspended.", null, null),
        _ when !company.AddOn => ("API Connections is switched off for the company.", null, null),
        _ when !Networks.Allow(consumer.Options.AllowedNetworks, address) =>
            ("The address is outside the consumer's allowed networks.", string.Join(' ', consumer.Options.AllowedNetworks), RequestLog.Address(address)),
        _ => null,
    };

    private static bool IsPlausible(string key) => key.Length <= LongestKey && !key.AsSpan().ContainsAnyExcept(keyCharacters);
}
