using System.Net;

namespace ApiConnections.Server.Model;

/// <summary>Networks in CIDR notation.</summary>
internal static class Networks
{
    /// <summary>Why <paramref name="text"/> is no network, in a sentence; null where it is.</summary>
    public static Sentence? WhyNot(string text)
    {
        if (IPNetwork.TryParse(text, out var network) && IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal)), out var typed) && typed.Equals(network.BaseAddress))
            return null;

        return $"{text} is no network: write it like 203.0.113.0/24 or 2001:db8::/48, with zeros after the prefix.";
    }

    /// <summary>Whether a consumer with these networks may come from <paramref name="address"/>; without any, from everywhere.</summary>
    // Hot path: token
    public static bool Allow(IReadOnlyList<string> networks, IPAddress? address)
    {
        if (networks.Count == 0)
            return true;
        if (address is null)
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();

        foreach (var network in networks)
        {
            if (IPNetwork.TryParse(network, out var parsed) && parsed.Contains(address))
                return true;
        }

        return false;
    }
}
