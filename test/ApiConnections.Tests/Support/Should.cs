using System.Net;
using Shouldly;

namespace ApiConnections.Tests.Support;

/// <summary>What tests say about answers.</summary>
internal static class Should
{
    /// <summary>RFC 6749 s5.1.</summary>
    public static void ShouldBeIssued(this TokenAnswer answer)
    {
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body.ToString());
        answer.AccessToken.ShouldNotBeNullOrEmpty();
        answer.Headers["Cache-Control"].ShouldBe("no-store");
        answer.Text("token_type").ShouldBe("Bearer");
    }

    /// <summary>RFC 6749 s5.2.</summary>
    /// <param name="anyOrigin">Whether a page of any origin may read it.</param>
    public static void ShouldBeRefused(this TokenAnswer answer, HttpStatusCode status, string error, bool anyOrigin = true)
    {
        answer.Error.ShouldBe(error, answer.Body.ToString());
        answer.Status.ShouldBe(status);
        answer.AccessToken.ShouldBeNull();
        answer.Headers["Cache-Control"].ShouldBe("no-store");
        answer.Headers["Content-Type"].ShouldBe("application/json");
        answer.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin").ShouldBe(anyOrigin ? "*" : null);
        answer.Text("error_description")!.ShouldAllBe(c => c >= 0x20 && c <= 0x7E && c != '"' && c != '\\');
        answer.Headers.ContainsKey("WWW-Authenticate").ShouldBe(status == HttpStatusCode.Unauthorized);
    }

    /// <summary>The page again, which says what is wrong.</summary>
    public static void ShouldBeRefused(this PageAnswer page, HttpStatusCode status, string why)
    {
        page.Html.ShouldContain(why);
        page.Status.ShouldBe(status);
    }

    /// <summary>An answer repeats nothing of what was asked and nothing from the inside.</summary>
    public static void ShouldTellNothing(this TokenAnswer answer, params string[] words)
    {
        var text = answer.Body.ValueKind == System.Text.Json.JsonValueKind.Undefined ? "" : answer.Body.GetRawText();
        foreach (var word in (string[])[.. words, "Exception", "   at ", "ApiConnections", "SQL"])
            text.ShouldNotContain(word, Case.Insensitive);
    }

    /// <summary>Tries until <paramref name="isSo"/> holds, for at most <paramref name="bound"/>: three times what is promised.</summary>
    public static async Task Within(TimeSpan bound, Func<Task<bool>> isSo, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(bound, what);
            await Task.Delay(20);
        }
    }
}
