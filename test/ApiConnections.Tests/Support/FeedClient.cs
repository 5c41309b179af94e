using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;

namespace ApiConnections.Tests.Support;

/// <summary>One event of the revocation feed.</summary>
internal sealed record FeedEvent(string Name, string Id, JsonElement Data)
{
    public string Incarnation => Id[..Id.LastIndexOf('-')];

    public long Sequence => long.Parse(Id[(Id.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    public string Subject => Data.GetProperty("subject").GetString()!;

    /// <summary>Kind, subject and generation, as a person would write them.</summary>
    public string What => $"{Data.GetProperty("kind").GetString()} {Subject}{(Data.TryGetProperty("generation", out var generation) ? " " + generation.GetInt64() : "")}";
}

/// <summary>A registered API that listens to the revocation feed, without the library.</summary>
internal sealed class FeedClient : IDisposable
{
    // Three times what is promised for a change.
    private static readonly TimeSpan bound = TimeSpan.FromSeconds(3);

    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Channel<FeedEvent> events = Channel.CreateUnbounded<FeedEvent>();
    private readonly HttpResponseMessage response;

    private FeedClient(HttpResponseMessage response) => this.response = response;

    /// <summary>When the stream ends: whether it was ended, and not cut.</summary>
    public Task<bool> End { get; private set; } = null!;

    public string LastId { get; private set; } = "";

    public static async Task<FeedClient> Listen(Node node, TestApi api, string? lastEventId = null)
    {
        var response = await Ask(node, Node.Basic(api.Key, api.Secret), lastEventId);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"The feed answers {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");

        var client = new FeedClient(response);
        client.End = client.Read();
        return client;
    }

    public static async Task<HttpResponseMessage> Ask(Node node, AuthenticationHeaderValue? authorization, string? lastEventId = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, "/oauth/revocations");
        request.Headers.Authorization = authorization;
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return await node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The next event that is no heartbeat.</summary>
    public async Task<FeedEvent> Next()
    {
        while (true)
        {
            if (await NextOfAny(bound) is { Name: not "heartbeat" } told)
                return told;
        }
    }

    /// <summary>The next event of that name, whatever comes before it.</summary>
    public async Task<FeedEvent> Next(string name)
    {
        while (true)
        {
            if (await NextOfAny(bound) is { } told && told.Name == name)
                return told;
        }
    }

    /// <summary>All revocations until an event of that name.</summary>
    public async Task<IReadOnlyList<FeedEvent>> RevokedUntil(string name)
    {
        var revoked = new List<FeedEvent>();
        while (true)
        {
            var told = await NextOfAny(bound);
            if (told.Name == name)
                return revoked;
            if (told.Name == "revoked")
                revoked.Add(told);
        }
    }

    /// <summary>What came until now and was not read, heartbeats too.</summary>
    public IReadOnlyList<FeedEvent> Unread()
    {
        var unread = new List<FeedEvent>();
        while (events.Reader.TryRead(out var told))
            unread.Add(told);

        return unread;
    }

    public async Task<FeedEvent> NextOfAny(TimeSpan atMost)
    {
        using var late = new CancellationTokenSource(atMost);
        return await events.Reader.ReadAsync(late.Token);
    }

    public void Dispose()
    {
        response.Dispose();
        http.Dispose();
    }

    private async Task<bool> Read()
    {
        await Task.Yield();
        var (name, id, data) = ("message", "", "");
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.Length == 0)
                {
                    LastId = id;
                    events.Writer.TryWrite(new FeedEvent(name, id, JsonDocument.Parse(data).RootElement));
                    (name, data) = ("message", "");
                    continue;
                }

                var (field, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]);
                (name, id, data) = field switch
                {
                    "event" => (value, id, data),
                    "id" => (name, value, data),
                    "data" => (name, id, value),
                    _ => throw new InvalidOperationException(line),
                };
            }

            events.Writer.TryComplete();
            return true;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            events.Writer.TryComplete(e);
            return false;
        }
    }
}

/// <summary>A registered API.</summary>
internal sealed record TestApi(string Key, string Secret, string Name, string Audience);

internal static class TestApis
{
    /// <summary>An API made on the command line, for one company or for all.</summary>
    public static async Task<TestApi> Api(this Installation installation, string? company = null)
    {
        var name = "API " + Guid.CreateVersion7();
        var audience = $"https://{Guid.CreateVersion7():N}.test";
        var made = await installation.Reveal(["api", "create", "--name", name, "--audience", audience, .. company is null ? Array.Empty<string>() : ["--company", company]]);
        return new TestApi(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, name, audience);
    }

    /// <summary>Writes what APIs must hear, as the functions of the rooms do, by the clock of the nodes.</summary>
    public static Task Revoke(this Installation installation, string kind, string subject, long? generation = null, Guid? company = null) => installation.Write(session =>
        Server.Storage.ChangeStore.Append(session, new Server.Storage.Change(kind, subject, generation, company, ForApis: true), installation.Clock.GetUtcNow()));
}
