using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>From the app to the sign-in, to the consent, and back to the app, in a real browser.</summary>
public sealed class ConsentJourneyTests(Chromium chromium)
{
    [Theory]
    [InlineData(true, "en-US", "Allow")]
    [InlineData(false, "en-US", "Allow")]
    [InlineData(true, "es-CO", "Permitir")]
    [InlineData(false, "es-CO", "Permitir")]
    [InlineData(true, "pt-BR", "Permitir")]
    [InlineData(false, "pt-BR", "Permitir")]
    [Rfc("6749 s4.1", "7636 s4", "9207 s2")]
    public async Task A_person_signs_in_and_allows_and_the_app_acts_for_them(bool script, string language, string allow)
    {
        await using var site = await Site.Start();
        var page = await chromium.Open(new Window { Script = script, Language = language });
        var wrong = page.Watch(site.Node.Issuer, site.App.Address);

        await page.GotoAsync(site.Authorize());
        (await page.GetAttributeAsync("html", "lang")).ShouldBe(language[..2]);
        await page.SignIn(site.Email, Site.Password);
        (await page.TextContentAsync(Steps.Allow))!.Trim().ShouldBe(allow); // the text is there before the button can be seen
        await page.ClickAsync(Steps.Allow);
        await page.ShouldReach(site.App.Callback);

        site.App.Answer["state"].ShouldBe("the app's state");
        site.App.Answer["iss"].ShouldBe(site.Node.Issuer);
        var token = await site.Redeem();
        token.Status.ShouldBe(HttpStatusCode.OK);
        token.Scope!.Split(' ').ShouldBe(["assets:view", "tasks:edit", "tasks:view"], ignoreOrder: true);
        wrong.ShouldBeEmpty();
        site.App.Visits.ShouldAllBe(visit => !visit.Contains("horse", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unticked_permission_is_not_granted_and_a_required_one_cannot_be_unticked()
    {
        await using var site = await Site.Start();
        var page = await chromium.Open();
        await page.GotoAsync(site.Authorize());
        await page.SignIn(site.Email, Site.Password);

        (await page.Locator("input[name=scope]").EvaluateAllAsync<string[]>("all => all.map(box => box.value).sort()")).ShouldBe(["assets:view", "tasks:edit"]);
        await page.UncheckAsync("input[name=scope][value='tasks:edit']");
        await page.ClickAsync(Steps.Allow);
        await page.ShouldReach(site.App.Callback);

        (await site.Redeem()).Scope!.Split(' ').ShouldBe(["assets:view", "tasks:view"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_callback_that_redirects_to_a_third_site_is_reached()
    {
        await using var third = await CallbackSite.Start();
        await using var site = await Site.Start(third.Address + "/welcome");
        var page = await chromium.Open(new Window { Script = false });
        await page.GotoAsync(site.Authorize());
        await page.SignIn(site.Email, Site.Password);
        await page.ClickAsync(Steps.Allow);

        await page.ShouldReach(third.Address + "/welcome");
        (await site.Redeem()).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Deny_reaches_the_app_and_gives_it_nothing()
    {
        await using var site = await Site.Start();
        var page = await chromium.Open();
        await page.GotoAsync(site.Authorize());
        await page.SignIn(site.Email, Site.Password);
        await page.ClickAsync(Steps.Deny);
        await page.ShouldReach(site.App.Callback);

        site.App.Answer["error"].ShouldBe("access_denied");
        site.App.Answer.ShouldNotContainKey("code");
        (await site.Installation.Count("authorizations")).ShouldBe(0);
        (await site.Installation.Count("authorization_codes")).ShouldBe(0);
    }

    [Fact]
    public async Task The_buttons_are_there_half_a_second_after_the_page_and_neither_has_the_focus()
    {
        await using var site = await Site.Start();
        var page = await chromium.Open();
        await page.GotoAsync(site.Authorize());
        await page.SignIn(site.Email, Site.Password);
        await page.WaitForSelectorAsync(Steps.Allow);

        // The animation as the browser reads it, rather than a race against it.
        var animation = await page.EvalOnSelectorAsync<string>(Steps.Allow, "button => { const style = getComputedStyle(button.closest('.later') ?? button); return style.animationName + ' ' + style.animationDuration }");
        animation.ShouldBe("later 0.5s");
        (await page.EvaluateAsync<string>("document.activeElement.tagName")).ShouldBe("BODY");
        (await page.EvalOnSelectorAsync<bool>(Steps.Deny, "(deny, allow) => !!(deny.compareDocumentPosition(document.querySelector(allow)) & Node.DOCUMENT_POSITION_FOLLOWING)", Steps.Allow)).ShouldBeTrue();
        (await page.EvaluateAsync<int>("document.querySelectorAll('button[id]').length")).ShouldBe(0);
    }

    [Fact]
    public async Task Enter_never_allows_unless_the_button_itself_was_chosen()
    {
        await using var site = await Site.Start();
        var page = await chromium.Open();
        await page.GotoAsync(site.Authorize());
        await page.SignIn(site.Email, Site.Password);
        await page.WaitForSelectorAsync(Steps.Allow);

        await page.FocusAsync("input[name=scope]");
        await page.Keyboard.PressAsync("Enter");
        await page.ShouldReach(site.App.Callback);
        site.App.Answer["error"].ShouldBe("access_denied");
        (await site.Installation.Count("authorization_codes")).ShouldBe(0);
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough()
    {
        await using var site = await Site.Start();
        var page = await chromium.Open();
        await page.GotoAsync(site.Authorize());
        await page.FocusAsync("input[name=email]");
        await page.Keyboard.TypeAsync(site.Email);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(Site.Password);
        await page.Keyboard.PressAsync("Enter");

        await page.WaitForSelectorAsync(Steps.Allow);
        for (var i = 0; i < 40 && await page.EvaluateAsync<string>("document.activeElement.value ?? ''") != "allow"; i++)
            await page.Keyboard.PressAsync("Tab");

        await page.Keyboard.PressAsync("Enter");
        await page.ShouldReach(site.App.Callback);
        (await site.Redeem()).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Back_after_the_hand_over_and_allow_again_does_no_harm()
    {
        await using var site = await Site.Start();
        var page = await chromium.Open();
        await page.GotoAsync(site.Authorize());
        await page.SignIn(site.Email, Site.Password);
        await page.ClickAsync(Steps.Allow);
        await page.ShouldReach(site.App.Callback);
        (await site.Redeem()).Status.ShouldBe(HttpStatusCode.OK);

        await page.GoBackAsync();
        if (await page.Locator(Steps.Allow).CountAsync() > 0)
            await page.ClickAsync(Steps.Allow);

        (await site.Installation.Count("token_families")).ShouldBe(1);
        (await site.Redeem()).Error.ShouldBe("invalid_grant");
    }
}
