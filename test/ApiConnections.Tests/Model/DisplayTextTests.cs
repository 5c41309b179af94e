using ApiConnections.Server.Model;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Model;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("Nightly report", "Nightly report")]
    [InlineData("  around  ", "around")]
    [InlineData("Réport", "Réport")]
    [InlineData("Informe de año", "Informe de año")]
    [InlineData("報告", "報告")]
    [InlineData("👩🏽 team", "👩🏽 team")]
    public void A_name_that_people_can_read_is_taken_in_its_normal_form(string typed, string expected) =>
        DisplayText.Read("The name", typed, DisplayText.LongestName, required: true).Text.ShouldBe(expected);

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("   ", "empty")]
    [InlineData("tab\there", "control")]
    [InlineData("line\nbreak", "control")]
    [InlineData("nul\0", "control")]
    [InlineData("escape\u001b[31m", "control")]
    [InlineData("right\u202Eto left", "control")]
    [InlineData("zero\u200Bwidth", "control")]
    [InlineData("half \uD800 a pair", "read")]
    [InlineData("private \uE000", "control")]
    public void A_name_that_hides_something_is_refused_in_a_sentence(string? typed, string reason)
    {
        var (text, whyNot) = DisplayText.Read("The name", typed, DisplayText.LongestName, required: true);

        text.ShouldBeNull();
        whyNot.ShouldNotBeNull().ShouldContain(reason);
    }

    [Fact]
    public void A_length_is_counted_as_people_count_but_a_heap_of_marks_is_no_letter()
    {
        DisplayText.Read("The name", new string('a', 80), 80, required: true).Text.ShouldNotBeNull();
        DisplayText.Read("The name", new string('a', 81), 80, required: true).Text.ShouldBeNull();
        DisplayText.Read("The name", "a" + new string('\u0301', 400), 80, required: true).Text.ShouldBeNull();
        DisplayText.Read("The name", new string('a', 10_000_000), 80, required: true).Text.ShouldBeNull();
    }

    [Fact]
    public void Names_that_look_the_same_are_the_same() => DisplayText.Key("Ｎightly REPORT").ShouldBe(DisplayText.Key("nightly report"));
}
