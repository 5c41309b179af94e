namespace ApiConnections.Tests.Proof;

/// <summary>How often a proof is repeated: a few times with every run of the tests, as often as it takes to believe it in <c>test/proof.sh</c>, for hours with <c>--long</c>.</summary>
internal static class Repeats
{
    private static readonly string? form = Environment.GetEnvironmentVariable("API_CONNECTIONS_PROOF");

    public static int Of(int few, int believable, int many) => form switch
    {
        "long" => many,
        "usual" => believable,
        _ => few,
    };
}
