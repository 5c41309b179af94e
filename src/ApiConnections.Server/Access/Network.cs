using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ApiConnections.Server.Access;

/// <summary>Where a request comes from as far as one customer of a provider reaches.</summary>
internal static class Network
{
    /// <summary>One IPv4 address, or the /64 that an IPv6 customer gets.</summary>
    public static UInt128 Of(IPAddress? address)
    {
        if (address is null)
            return 0;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();

        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            bytes[8..].Clear();

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
