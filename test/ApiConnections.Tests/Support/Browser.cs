using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Tests.Support;

/// <summary>A browser without script: it keeps cookies, sends the forms of the page that it has open, and stops at every redirect so that a test sees it.</summary>
public sealed class Browser : IDisposable
{
    private readonly HttpClient http;
    private readonly Installation installation;

    internal Browser(Node node, Installation installation)
    {
        (Node, this.installation) = (node, installation);
        http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = new Uri(node.Issuer) };
    }

    public Node Node { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>The page that is open.</summary>
    public PageAnswer Page { get; private set; } = null!;

    public async Task<PageAnswer> Get(string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        return await Send(request);
    }

    /// <summary>Goes on from redirect to redirect within the server, as a browser does, and stops at the first other answer.</summary>
    public async Task<PageAnswer> Visit(string address)
    {
        var page = await Get(address);
        for (var hops = 0; hops < 10 && page.Location is { } location && IsOurs(location); hops++)
            page = await Get(location);

        return page;
    }

    /// <summary>Sends the form of the open page: its hidden fields, and what is given over them; a null takes a field away.</summary>
    public async Task<PageAnswer> Submit(string action, params (string Name, string? Value)[] fields)
    {
        var form = Page.Hidden.Where(hidden => !Array.Exists(fields, field => field.Name == hidden.Name)).Concat(fields.Where(field => field.Value is not null).Select(field => (field.Name, field.Value!)));
        return await Post(action, [.. form]);
    }

    public async Task<PageAnswer> Post(string address, (string Name, string Value)[] form, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        return await Send(request);
    }

    public async Task<PageAnswer> Send(HttpRequestMessage request)
    {
        using var response = await http.SendAsync(request);
        Page = await PageAnswer.Read(response);
        return Page;
    }

    /// <summary>Signs a person in without the sign-in page, for tests of what comes after it.</summary>
    public async Task SignIn(TestPerson person, string methods = "pwd")
    {
        var database = Node.App.Services.GetRequiredService<IDatabase>();
        var begun = await database.Write<string>(async session =>
        {
            var user = (await UserStore.FindByEmail(session, person.Email))!;
            return (await Node.App.Services.GetRequiredService<Sessions>().Begin(session, user, await SecurityPolicyStore.Of(session, user.CompanyId), methods, "127.0.0.1", "test browser")).Cookie;
        });
        begun.TryGet(out var cookie, out _);
        installation.Watch(cookie!);
        Cookies.Add(new Uri(Node.Issuer), new Cookie(Node.App.Services.GetRequiredService<BrowserCookies>().Name("session"), cookie));
    }

    public void Dispose() => http.Dispose();

    private bool IsOurs(string location) => location.StartsWith('/') || location.StartsWith(Node.Issuer + "/", StringComparison.Ordinal);
}

/// <summary>A person of a company.</summary>
public sealed record TestPerson(Guid Id, string Email, string Name);

/// <summary>What a browser gets to see.</summary>
public sealed partial record PageAnswer(HttpStatusCode Status, string Html, string? Location, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The hidden fields of the page's first form.</summary>
    public IReadOnlyList<(string Name, string Value)> Hidden =>
        [.. HiddenField().Matches(FirstForm().Match(Html).Value).Select(found => (WebUtility.HtmlDecode(found.Groups[1].Value), WebUtility.HtmlDecode(found.Groups[2].Value)))];

    /// <summary>Where a hand-over page moves on to; null where the page is none.</summary>
    public string? HandOver => Refresh().Match(Html) is { Success: true } moved ? WebUtility.HtmlDecode(moved.Groups[1].Value) : null;

    /// <summary>The parameters of the address that the answer leads to, by redirect or by hand-over.</summary>
    public IReadOnlyDictionary<string, string> Leads
    {
        get
        {
            var address = HandOver ?? Location ?? throw new InvalidOperationException($"The page leads nowhere: {(int)Status} {Html}");
            return Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Contains('?', StringComparison.Ordinal) ? address[address.IndexOf('?', StringComparison.Ordinal)..] : "").ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        }
    }

    public static async Task<PageAnswer> Read(HttpResponseMessage response) => new(
        response.StatusCode,
        await response.Content.ReadAsStringAsync(),
        response.Headers.TryGetValues("Location", out var location) ? location.Single() : null,
        response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex FirstForm();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenField();

    [GeneratedRegex("<meta http-equiv=\"refresh\" content=\"0;url=([^\"]*)\"")]
    private static partial Regex Refresh();
}

internal static class People
{
    /// <summary>A person made in the database, in the given group; without a password.</summary>
    public static async Task<TestPerson> Person(this Node node, string? group = "Viewers", string company = "Acme", UserRole role = UserRole.User)
    {
        var time = node.App.Services.GetRequiredService<TimeProvider>();
        var outcome = await node.App.Services.GetRequiredService<IDatabase>().Write<TestPerson>(async session =>
        {
            var owner = (await CompanyStore.FindByName(session, company))!;
            var groupId = group is null ? null : (await GroupStore.FindByName(session, owner.Id, group))?.Id;
            var id = Guid.CreateVersion7(time.GetUtcNow());
            var user = new User(id, owner.Id, $"person-{id:N}@acme.test", "Pat Person", role, groupId, UserStatus.Active, 1, 1, time.GetUtcNow());
            await UserStore.Insert(session, user);
            return new TestPerson(id, user.Email, user.Name);
        });
        return outcome.TryGet(out var person, out _) ? person : throw new InvalidOperationException("The person was refused.");
    }

    /// <summary>A browser with no cookies.</summary>
    public static Browser Browser(this Node node, Installation installation) => new(node, installation);
}
