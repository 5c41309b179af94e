using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Model;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("Nightly report", "Nightly report")]
    [InlineData("  padded  ", "padded")]
    [InlineData("Übergröße", "Übergröße")]
    [InlineData("U\u0308bung", "Übung")] // taken in its composed form (NFC)
    [InlineData("設備保全", "設備保全")]
    [InlineData("מערכת תחזוקה", "מערכת תחזוקה")]
    [InlineData("🔧 工具 🇪🇸", "🔧 工具 🇪🇸")]
    [InlineData("<b>O'Brien & \"Co\"</b>", "<b>O'Brien & \"Co\"</b>")]
    public void These_are_taken(string typed, string taken) => Read(typed).Text.ShouldBe(taken);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("a\u202Egnp", "invisible")]
    [InlineData("a\u2066b", "invisible")]
    [InlineData("a\u200Bb", "invisible")]
    [InlineData("a\uFEFFb", "invisible")]
    [InlineData("a\u00ADb", "invisible")]
    [InlineData("a\nb", "invisible")]
    [InlineData("a\tb", "invisible")]
    [InlineData("a\0b", "invisible")]
    [InlineData("a\u001B[31mb", "invisible")]
    [InlineData("a\u2028b", "invisible")]
    [InlineData("a\u0085b", "invisible")]
    [InlineData("a\uE000b", "invisible")]
    [InlineData("a\uFFFDb", "cannot be read")]
    public void These_are_refused(string typed, string why)
    {
        var (text, whyNot) = Read(typed);
        text.ShouldBeNull();
        whyNot.ShouldNotBeNull();
        whyNot.ShouldStartWith("The name ");
        whyNot.ShouldContain(why);
    }

    [Fact]
    public void Half_a_character_is_refused() => Read("a\uD83D" + "b").Text.ShouldBeNull();

    [Fact]
    public void Length_counts_what_a_person_counts_but_a_heap_of_marks_is_no_character()
    {
        Read(new string('x', 80)).Text.ShouldNotBeNull();
        Read(new string('x', 81)).Text.ShouldBeNull();
        Read(string.Concat(Enumerable.Repeat("🇪🇸", 80))).Text.ShouldNotBeNull();
        Read(string.Concat(Enumerable.Repeat("🇪🇸", 81))).Text.ShouldBeNull();

        Read("Z" + new string('\u0323', 400)).Text.ShouldBeNull();
        Read(new string('x', 1_000_000)).Text.ShouldBeNull();
    }

    [Fact]
    public void Names_that_look_the_same_are_the_same()
    {
        DisplayText.Key("Ｎｉｇｈｔｌｙ").ShouldBe(DisplayText.Key("nightly"));
        DisplayText.Key("U\u0308bung").ShouldBe(DisplayText.Key("ÜBUNG"));
        DisplayText.Key("ﬁle").ShouldBe(DisplayText.Key("FILE"));
        DisplayText.Key("report").ShouldNotBe(DisplayText.Key("reports"));
    }

    [Theory]
    [InlineData("https://app.example/privacy?x=1#y", true)]
    [InlineData("http://app.example/", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("https://me@app.example/", false)]
    [InlineData("https://app.example/ x", false)]
    [InlineData("https://app.example/\u202E", false)]
    [InlineData("/privacy", false)]
    public void A_link_is_an_https_address(string link, bool taken) => (DisplayText.WhyNotHttps("The URL", link) is null).ShouldBe(taken);

    [Fact]
    public void The_built_in_catalogue_says_every_scope_in_every_language()
    {
        var catalogue = Catalogue.Load(new IssuerOptions());

        catalogue.Modules.Select(module => module.Name).ShouldBe(
            ["assets", "human_resources", "third_parties", "warehouses", "tasks", "monitoring", "automator", "virtual_disk", "configuration", "work_requests", "material_requests", "teams"], ignoreOrder: true);
        foreach (var language in new[] { "en", "es", "pt" })
        {
            var sentences = catalogue.Everything.Select(scope => catalogue.Sentence(scope, language)).ToArray();
            sentences.ShouldAllBe(sentence => sentence.Length > 10 && char.IsUpper(sentence[0]) && sentence.Trim() == sentence);
            sentences.Distinct().Count().ShouldBe(sentences.Length);
            catalogue.Modules.ShouldAllBe(module => module.Title[language].Length > 2);
        }
    }

    private static (string? Text, string? WhyNot) Read(string typed) => DisplayText.Read("The name", typed, DisplayText.LongestName, required: true);
}
