using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ApiConnections.Benchmarks.Load;

/// <summary>Posts many different forms to an endpoint, each once: wrk repeats itself. Plain sockets with keep-alive, one request at a time on each.</summary>
internal static class FormLoad
{
    public sealed record Result(double PerSecond, double P50, double P99, int Errors);

    /// <param name="path">Below the server's address.</param>
    /// <param name="authorization">The header of that name; null for none.</param>
    /// <param name="expected">What has to stand in a good answer.</param>
    public static async Task<Result> Run(Uri server, IReadOnlyList<byte[]> forms, int connections, string path = "/oauth/token", string? authorization = null, string expected = "")
    {
        var (head, part) = ($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{(authorization is null ? "" : $"Authorization: {authorization}\r\n")}", Encoding.ASCII.GetBytes(expected));
        var (next, errors, times) = (-1, 0, new double[forms.Count]);
        async Task Connection()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, server.Port);
            var answer = new byte[8192];
            for (var i = Interlocked.Increment(ref next); i < forms.Count; i = Interlocked.Increment(ref next))
            {
                var start = Stopwatch.GetTimestamp();
                await socket.SendAsync(Request(head, forms[i]));
                if (!await IsGood(socket, answer, part))
                    Interlocked.Increment(ref errors);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(Connection)));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Array.Sort(times);
        return new Result(forms.Count / seconds, times[forms.Count / 2], times[forms.Count * 99 / 100], errors);
    }

    private static byte[] Request(string head, byte[] form) =>
        [.. Encoding.ASCII.GetBytes($"{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {form.Length}\r\n\r\n"), .. form];

    // The answer is small and ends its body with the closing brace of the only object in it.
    private static async Task<bool> IsGood(Socket socket, byte[] answer, byte[] expected)
    {
        var length = 0;
        while (length == 0 || answer[length - 1] != '}')
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0)
                return false;

            length += read;
        }

        return answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8) && answer.AsSpan(0, length).IndexOf(expected) >= 0;
    }
}
