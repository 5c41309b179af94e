using System.Security.Cryptography;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace ApiConnections.Server.Keys;

/// <summary>Boxes sealed with the ring. While it cannot be read that is an outage, which the library reports as a box that does not open.</summary>
internal static class RingSeals
{
    public static byte[] Seal(this IDataProtector protector, byte[] content) => Ringing(() => protector.Protect(content));

    /// <summary>Null where it was not sealed here, or with a ring that is gone.</summary>
    public static byte[]? Open(this IDataProtector protector, byte[] box)
    {
        try
        {
            return Ringing(() => protector.Unprotect(box));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Ringing(Func<byte[]> act)
    {
        try
        {
            return act();
        }
        catch (CryptographicException e) when (OutageIn(e) is { } outage)
        {
            throw new StorageUnavailableException(outage.Message, e);
        }
    }

    // It stands between what the library says and what the driver said.
    private static StorageUnavailableException? OutageIn(Exception? e) => e as StorageUnavailableException ?? (e is null ? null : OutageIn(e.InnerException));
}
