using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ApiConnections.Tests.Support;

/// <summary>One connection on which a test says byte by byte what it wants, also what no HTTP client would send.</summary>
internal sealed class Wire : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(20);
    private readonly Socket socket;
    private readonly byte[] chunk = new byte[16 * 1024];
    private readonly MemoryStream received = new();

    private Wire(Socket socket) => this.socket = socket;

    /// <summary>The last answer as it came.</summary>
    public string LastText { get; private set; } = "";

    public static async Task<Wire> Open(Node node)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, node.Port);
        return new Wire(socket);
    }

    /// <summary>One request on a connection of its own; null where the server closes without a word.</summary>
    public static async Task<TokenAnswer?> Exchange(Node node, string request, bool head = false)
    {
        using var wire = await Open(node);
        await wire.Send(request);
        return await wire.Read(head);
    }

    /// <summary>A POST of a form to the token endpoint, each character one byte.</summary>
    public static string Form(string body, params string[] headers) =>
        Request("POST", "/oauth/token", body, ["Content-Type: application/x-www-form-urlencoded", .. headers]);

    public static string Request(string method, string target, string body, params IEnumerable<string> headers) =>
        $"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{string.Concat(headers.Select(header => header + "\r\n"))}{(body.Length > 0 || method == "POST" ? $"Content-Length: {body.Length}\r\n" : "")}\r\n{body}";

    public static string BasicHeader(string credentials) => "Authorization: Basic " + Convert.ToBase64String(Encoding.Latin1.GetBytes(credentials));

    /// <summary>A server that has seen enough may close before it has read everything.</summary>
    public async Task Send(string text)
    {
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(text));
        }
        catch (SocketException)
        {
            // Its answer, if any, is read next.
        }
    }

    /// <summary>The next answer; null where the connection ends before one, or none comes within <paramref name="atMost"/>.</summary>
    public async Task<TokenAnswer?> Read(bool head = false, TimeSpan? atMost = null)
    {
        using var limit = new CancellationTokenSource(atMost ?? patience);
        while (true)
        {
            if (TryTake(head) is { } answer)
                return answer;
            if (!await Receive(limit.Token))
                return null;
        }
    }

    /// <summary>Sends and receives into the given memory without making an object; returns how many bytes came.</summary>
    public int Exchange(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        socket.Send(request);
        return socket.Receive(answer);
    }

    /// <summary>Hangs up in the middle, with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose()
    {
        socket.Dispose();
        received.Dispose();
    }

    private async Task<bool> Receive(CancellationToken stop)
    {
        try
        {
            var count = await socket.ReceiveAsync(chunk, stop);
            received.Write(chunk, 0, count);
            return count > 0;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private TokenAnswer? TryTake(bool head)
    {
        var text = Encoding.Latin1.GetString(received.GetBuffer(), 0, (int)received.Length);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return null;

        var lines = text[..end].Split("\r\n");
        var headers = lines[1..].Select(line => line.Split(':', 2)).GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(same => same.Key, same => string.Join(", ", same.Select(pair => pair[1].Trim())), StringComparer.OrdinalIgnoreCase);
        var length = head ? 0 : int.Parse(headers.GetValueOrDefault("Content-Length", "0"), System.Globalization.CultureInfo.InvariantCulture);
        if (text.Length < end + 4 + length)
            return null;

        LastText = text[..(end + 4 + length)];
        var body = LastText[(end + 4)..];
        received.SetLength(0);
        received.Write(Encoding.Latin1.GetBytes(text[(end + 4 + length)..]));
        var isJson = headers.GetValueOrDefault("Content-Type") == "application/json" && length > 0;
        return new TokenAnswer((HttpStatusCode)int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), isJson ? JsonDocument.Parse(body).RootElement : default, headers);
    }
}
