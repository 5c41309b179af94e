using System.Net.Sockets;
using System.Text;

namespace ApiConnections.Tests.ResourceServer.Support;

/// <summary>Requests that no HTTP client would send.</summary>
internal static class RawHttp
{
    public static async Task<string> Send(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }
}
