using System.Net;
using System.Net.Sockets;

namespace ApiConnections.Tests.Support;

/// <summary>Stands between an API and a node: a test cuts it, or lets it keep every connection open and pass nothing on.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly int server;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> open = [];
    private volatile TaskCompletionSource passing = new();
    private volatile bool refusing;

    private TcpProxy(int server)
    {
        this.server = server;
        passing.SetResult();
        listener.Start();
        _ = Accept();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public static TcpProxy Before(Node node) => new(node.Port);

    /// <summary>Open connections break, new ones do so at once.</summary>
    public void Cut()
    {
        refusing = true;
        lock (open)
        {
            open.ForEach(socket => socket.Dispose());
            open.Clear();
        }
    }

    /// <summary>Nothing goes through any more and nobody is told, as when a cable is pulled.</summary>
    public void Freeze() => passing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>New connections go through; what was frozen goes on.</summary>
    public void Restore()
    {
        refusing = false;
        passing.TrySetResult();
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        passing.TrySetResult();
        listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptSocketAsync();
                if (refusing)
                    near.Dispose();
                else
                    _ = Connect(near);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task Connect(Socket near)
    {
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (open)
            open.AddRange([near, far]);

        try
        {
            await passing.Task;
            await far.ConnectAsync(IPAddress.Loopback, server);
            await Task.WhenAny(Pass(near, far), Pass(far, near));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
        finally
        {
            near.Dispose();
            far.Dispose();
        }
    }

    private async Task Pass(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                await passing.Task;
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }
}
