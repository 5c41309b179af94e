using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ApiConnections.Tests.Support;

/// <summary>The network between a node and its PostgreSQL, which a test can cut and mend.</summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly Npgsql.NpgsqlConnectionStringBuilder direct;
    private readonly int port = Node.FreePort();
    private readonly ConcurrentBag<TcpClient> ends = [];
    private TcpListener? listener;

    public CutProxy(Installation installation)
    {
        direct = new Npgsql.NpgsqlConnectionStringBuilder(installation.Settings["ApiConnections:Database:ConnectionString"]);
        Mend();
    }

    /// <summary>The setting that sends a node this way to its database.</summary>
    public (string Name, string? Value) Setting =>
        ("ApiConnections:Database:ConnectionString", new Npgsql.NpgsqlConnectionStringBuilder(direct.ToString()) { Host = "127.0.0.1", Port = port }.ToString());

    public void Mend()
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = Accept(listener);
    }

    /// <summary>Breaks every connection; new ones are refused.</summary>
    public void Cut()
    {
        listener?.Stop();
        while (ends.TryTake(out var end))
            end.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task Accept(TcpListener from)
    {
        try
        {
            while (true)
            {
                var near = await from.AcceptTcpClientAsync();
                var far = new TcpClient();
                ends.Add(near);
                ends.Add(far);
                _ = Join(near, far);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }

    private async Task Join(TcpClient near, TcpClient far)
    {
        try
        {
            await far.ConnectAsync(direct.Host!, direct.Port);
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut, or one side is gone: so is the other.
        }
        finally
        {
            near.Dispose();
            far.Dispose();
        }
    }
}
