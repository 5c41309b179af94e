using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>Many connections that hold the revocation feed, and when the last of them heard of a revocation.</summary>
internal sealed class FeedListeners : IDisposable
{
    // Of one length, so that what is kept from one reading for the next, one byte less, holds neither of them whole.
    private static readonly byte[] revoked = Encoding.ASCII.GetBytes("event: revoke");
    private static readonly byte[] ready = Encoding.ASCII.GetBytes("event: ready\n");
    private readonly List<Socket> sockets = [];
    private readonly TaskCompletionSource allReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int count;
    private volatile Round round = new(int.MaxValue);
    private int readies;

    private FeedListeners(int count) => this.count = count;

    /// <summary>How many went away; there must be none.</summary>
    public int Lost { get; private set; }

    public static async Task<FeedListeners> Connect(Uri server, string authorization, int count)
    {
        var listeners = new FeedListeners(count);
        var request = Encoding.ASCII.GetBytes($"GET /oauth/revocations HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: {authorization}\r\n\r\n");
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listeners.sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, server.Port);
            await socket.SendAsync(request);
            _ = listeners.Listen(socket);
        }

        await listeners.allReady.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return listeners;
    }

    /// <summary>From now on the next revocation counts; says when all have heard of it, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public Task<long> NextRevocation()
    {
        var next = new Round(count);
        round = next;
        return next.Heard.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => sockets.ForEach(socket => socket.Dispose());

    private async Task Listen(Socket socket)
    {
        // What an event begins with may come in two parts.
        var buffer = new byte[8192];
        var kept = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(kept)) is var more and > 0)
            {
                var text = buffer.AsSpan(0, kept + more);
                for (var left = text.Count(revoked); left > 0; left--)
                    round.Count();
                if (text.Count(ready) > 0 && Interlocked.Increment(ref readies) == count)
                    allReady.TrySetResult();

                kept = Math.Min(text.Length, revoked.Length - 1);
                text[^kept..].CopyTo(buffer);
            }

            Lost++;
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            Lost++;
        }
    }

    private sealed class Round(int of)
    {
        private int left = of;

        public TaskCompletionSource<long> Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Count()
        {
            if (Interlocked.Decrement(ref left) == 0)
                Heard.TrySetResult(Stopwatch.GetTimestamp());
        }
    }
}
