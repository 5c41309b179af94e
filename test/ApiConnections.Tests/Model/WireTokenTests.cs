using System.Numerics;
using System.Security.Cryptography;
using ApiConnections.Server.Model;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Model;

public sealed class WireTokenTests
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    [Fact]
    public void A_token_is_its_bytes_as_one_number_in_base_62_and_reads_back()
    {
        for (var i = 0; i < 1000; i++)
        {
            var bytes = RandomNumberGenerator.GetBytes(48);
            bytes.AsSpan(0, i % 48).Clear();

            var text = WireToken.Refresh.Write(bytes);

            var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
            text[4..^6].Aggregate(BigInteger.Zero, (sum, digit) => (sum * 62) + Alphabet.IndexOf(digit, StringComparison.Ordinal)).ShouldBe(number);
            var read = new byte[48];
            WireToken.Refresh.TryRead(text, read).ShouldBeTrue();
            read.ShouldBe(bytes);
        }
    }
}
