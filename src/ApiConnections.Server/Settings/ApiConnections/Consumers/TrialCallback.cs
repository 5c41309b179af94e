using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>The page after a test has nothing to say but that.</summary>
internal sealed record TrialAnswered;

/// <summary>Our own page that an app's answer comes back to, for a test that was begun in the console and for nothing else.</summary>
internal static class TrialCallback
{
    public const string AnsweredRoute = "/settings/api-connections/consumers/{key}/test/answered";
    private static readonly PageError closed = new("consumers.test_closed_title", "consumers.test_closed", ForDeveloper: false, null, null);

    public static async Task Take(HttpContext http)
    {
        var key = (string)http.Request.RouteValues["key"]!;
        var pages = http.RequestServices.GetRequiredService<Pages>();
        var trials = http.RequestServices.GetRequiredService<PersonTrials>();
        if (await http.RequestServices.GetRequiredService<People>().Find(http) is { } person
            && (await trials.Answer(
                new Actor(person.User.Email, People.AddressOf(http)) { Session = person.Session.Id },
                key, One(http, "state"), One(http, "code"), One(http, "error"), One(http, "iss"))).TryGet(out _, out _))
            // The address with the code in it stays in no history.
            pages.See(http, AnsweredRoute.Replace("{key}", Uri.EscapeDataString(key), StringComparison.Ordinal));
        else
            await pages.Error(http, StatusCodes.Status400BadRequest, closed);
    }

    public static Task Answered(HttpContext http) => http.RequestServices.GetRequiredService<Pages>().Write<TrialAnsweredPage, TrialAnswered>(http, new TrialAnswered());

    private static string? One(HttpContext http, string name) => http.Request.Query[name] is [{ Length: > 0 } value] ? value : null;
}
