using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Model;

[Rfc("7636 s4.6")]
public sealed class CodeVerifierTests
{
    // RFC 7636 appendix B.
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    [Fact]
    public void The_verifier_of_the_RFC_fits_its_challenge() => CodeVerifier.Fits(Verifier, Challenge).ShouldBeTrue();

    [Theory]
    [InlineData(Verifier, null), InlineData(null, Challenge), InlineData("", Challenge), InlineData(Challenge, Challenge), InlineData(Verifier + "A", Challenge)]
    [InlineData("DBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", Challenge), InlineData(Verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cm"), InlineData(Verifier, Challenge + "="), InlineData(Verifier, "")]
    public void Nothing_else_does(string? verifier, string? challenge) => CodeVerifier.Fits(verifier, challenge).ShouldBeFalse();

    [Theory, InlineData(42, false), InlineData(43, true), InlineData(128, true), InlineData(129, false)]
    [Rfc("7636 s4.1")]
    public void It_has_43_to_128_characters(int length, bool fits)
    {
        var verifier = new string('~', length);

        CodeVerifier.Fits(verifier, Apps.Challenge(verifier)).ShouldBe(fits);
    }

    [Theory, InlineData('+'), InlineData('/'), InlineData('='), InlineData(' '), InlineData('%'), InlineData('\u00e9'), InlineData('\0')]
    [Rfc("7636 s4.1")]
    public void It_holds_unreserved_characters_only(char character)
    {
        var verifier = new string('a', 43) + character;

        CodeVerifier.Fits(verifier, Apps.Challenge(verifier)).ShouldBeFalse();
    }

    [Fact]
    public void Without_a_challenge_there_must_be_no_verifier() => CodeVerifier.Fits(null, null).ShouldBeTrue();
}
