using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Console.Components;

/// <summary>Who wants a list as a file, in which words, and where it goes.</summary>
/// <param name="Company">Theirs, as the rooms' functions take it.</param>
/// <param name="Heads">Of the columns, in their language.</param>
/// <param name="Open">Begins the answer; not called where the list is refused.</param>
internal sealed record ListRequest(Actor Actor, string Company, IReadOnlyList<string> Heads, Func<Task<TextWriter>> Open);

/// <summary>Lists of the console as files, for whoever is signed in.</summary>
internal static class ListDownload
{
    public const string Csv = "text/csv; charset=utf-8";

    /// <param name="list">The page of the list, where whoever is not signed in arrives afterwards.</param>
    /// <param name="heads">Keys of the texts.</param>
    /// <param name="export">The function of the room; checks what they may see.</param>
    /// <param name="type">Of the file; for lists that are sent in another form too.</param>
    public static async Task Send(HttpContext http, string list, string file, IEnumerable<string> heads, Func<ListRequest, Task<Outcome<long>>> export, string type = Csv)
    {
        if (await http.RequestServices.GetRequiredService<People>().Find(http) is not { } person)
        {
            http.RequestServices.GetRequiredService<Pages>().See(http, "/signin?return=" + Uri.EscapeDataString(list));
            return;
        }

        var texts = http.RequestServices.GetRequiredService<Texts>();
        StreamWriter? output = null;
        Task<TextWriter> Open()
        {
            Pages.Protect(http.Response);
            http.Response.ContentType = type;
            http.Response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
            // With a mark at the beginning spreadsheets know that it is UTF-8.
            output = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: type == Csv));
            return Task.FromResult<TextWriter>(output);
        }

        var exported = await export(new ListRequest(
            new Actor(person.User.Email, People.AddressOf(http)) { Session = person.Session.Id },
            person.User.CompanyId.ToString(),
            [.. heads.Select(head => texts.In(Languages.Of(http, person), head))],
            Open));
        if (output is not null)
            await output.DisposeAsync();
        if (!exported.TryGet(out _, out var refusal))
            http.Response.StatusCode = refusal.Error.Status;
    }
}
