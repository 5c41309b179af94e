using System.Net;
using System.Net.Sockets;

namespace ApiConnections.Tests.Support;

/// <summary>Stands between a node and PostgreSQL: a test cuts it, as an outage would, and restores it.</summary>
public sealed class PostgresProxy : IAsyncDisposable
{
    private readonly IPEndPoint server;
    private readonly List<TcpClient> open = [];
    private readonly int port;
    private TcpListener? listener;
    private volatile bool silent;

    private PostgresProxy(IPEndPoint server, int port) => (this.server, this.port) = (server, port);

    /// <summary>The connection string of the installation, through the proxy.</summary>
    public required (string Name, string? Value) Setting { get; init; }

    public static PostgresProxy Before(Installation installation)
    {
        const string Name = "ApiConnections:Database:ConnectionString";
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(installation.Settings[Name]);
        var server = new IPEndPoint(IPAddress.Parse(settings.Host!), settings.Port);
        var port = Node.FreePort();
        (settings.Host, settings.Port) = ("127.0.0.1", port);
        var proxy = new PostgresProxy(server, port) { Setting = (Name, settings.ToString()) };
        proxy.Restore();
        return proxy;
    }

    /// <summary>Nothing goes through any more: open connections break, new ones are refused.</summary>
    public void Cut()
    {
        listener?.Stop();
        listener = null;
        lock (open)
        {
            open.ForEach(client => client.Dispose());
            open.Clear();
        }
    }

    /// <summary>Open connections break; new ones are taken and never answered, as by a server that hangs.</summary>
    public void Hang()
    {
        Cut();
        silent = true;
        Listen();
    }

    public void Restore()
    {
        Cut();
        silent = false;
        Listen();
    }

    private void Listen()
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = Accept(listener);
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task Accept(TcpListener accepting)
    {
        try
        {
            while (true)
            {
                var client = await accepting.AcceptTcpClientAsync();
                if (silent)
                    Keep(client);
                else
                    _ = Pass(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return;
        }
    }

    private void Keep(TcpClient client)
    {
        lock (open)
            open.Add(client);
    }

    private async Task Pass(TcpClient client)
    {
        using var far = new TcpClient();
        lock (open)
            open.AddRange([client, far]);

        try
        {
            await far.ConnectAsync(server);
            await Task.WhenAny(client.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return;
        }
        finally
        {
            client.Dispose();
        }
    }
}
