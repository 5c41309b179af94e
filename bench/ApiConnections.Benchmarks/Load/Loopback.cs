using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ApiConnections.Benchmarks.Load;

/// <summary>Servers on this machine: a port for the next one, and how soon it answers.</summary>
internal static class Loopback
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A form, sent as the program at <paramref name="url"/> expects it.</summary>
    public static byte[] Post(Uri url, string path, string authorization, string form) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: {authorization}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {form.Length}\r\n\r\n{form}");

    public static byte[] Get(Uri url, string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n");

    /// <summary>Waits for the first good answer. A bare socket that tries again every two milliseconds: a client library's own start would be on the clock.</summary>
    public static async Task FirstAnswer(Uri url, byte[] request, ChildProcess server)
    {
        var answer = new byte[4096];
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, url.Port);
                await socket.SendAsync(request);
                var length = await socket.ReceiveAsync(answer);
                if (Encoding.ASCII.GetString(answer, 0, length).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                    return;

                throw new InvalidOperationException(Encoding.ASCII.GetString(answer, 0, length));
            }
            catch (SocketException)
            {
                if (server.HasEnded)
                    throw new InvalidOperationException($"it ended before it answered at port {url.Port}; what it wrote stands above");
                if (Stopwatch.GetElapsedTime(start) > patience)
                    throw new InvalidOperationException($"no answer at port {url.Port} within {patience.TotalSeconds} s");

                await Task.Delay(2);
            }
        }
    }
}
