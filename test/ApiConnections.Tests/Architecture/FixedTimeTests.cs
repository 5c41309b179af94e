using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Architecture;

/// <summary>How long a comparison with a secret takes must not tell how much of it was right.</summary>
public sealed class FixedTimeTests
{
    [Theory]
    [InlineData("Model/CodeVerifier.cs"), InlineData("Model/Secrets.cs"), InlineData("OAuth/Token/CodeRules.cs"), InlineData("OAuth/ClientAuthentication/Clients.cs")]
    public void Peer_43_Hashes_of_secrets_codes_and_verifiers_are_compared_in_fixed_time(string file)
    {
        var text = Repository.Read("src/ApiConnections.Server/" + file);

        text.ShouldContain("CryptographicOperations.FixedTimeEquals(");
        text.Replace("text[^ChecksumCharacters..].SequenceEqual(Checksum(", "", StringComparison.Ordinal).ShouldNotContain("SequenceEqual(");
        text.ShouldNotContain("Hash ==");
    }

    [Fact]
    public void Peer_43_No_statement_looks_for_a_secret() =>
        Repository.Read("src/ApiConnections.Server/Storage/RedemptionStore.cs").ShouldNotContain("hash = @");
}
