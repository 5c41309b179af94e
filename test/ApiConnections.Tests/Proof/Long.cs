namespace ApiConnections.Tests.Proof;

/// <summary>How often a proof is repeated: a few times with every run of the tests, many times under <c>test/proof.sh --long</c>.</summary>
internal static class Long
{
    private static readonly bool isLong = Environment.GetEnvironmentVariable("API_CONNECTIONS_PROOF") == "long";

    public static int Or(int few, int many) => isLong ? many : few;
}
