using System.Globalization;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console.Static;

/// <summary>Writes pages for people: rendered here, without script but for passkeys, kept by nobody, framed by nobody.</summary>
internal sealed class Pages(Texts texts, People people, IAntiforgery antiforgery, IOptions<IssuerOptions> issuer, ILoggerFactory loggers)
{
    private const string ScriptPolicy = "script-src 'self'; " + Policy;
    private const string Policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>Writes a page.</summary>
    /// <param name="view">What it shows, which it takes as a cascading parameter.</param>
    /// <param name="script">Whether it has the one script that there is: browsers hand passkeys to scripts alone.</param>
    public async Task Write<TPage, TView>(HttpContext http, TView view, int status = StatusCodes.Status200OK, bool script = false)
        where TPage : StaticPage
    {
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(PageRoot<,>.Page)] = await Context(http),
            [nameof(PageRoot<,>.View)] = view,
        });
        await using var renderer = new HtmlRenderer(http.RequestServices, loggers);
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<PageRoot<TPage, TView>>(parameters)).ToHtmlString());
        var body = Encoding.UTF8.GetBytes("<!DOCTYPE html>" + html);
        Protect(http.Response);
        if (script)
            http.Response.Headers.ContentSecurityPolicy = ScriptPolicy;
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    }

    /// <summary>Writes a page again that says what is wrong; what has to wait says so to programs too.</summary>
    /// <param name="status">What it answers unless there is something to wait for, which is always 429.</param>
    public Task Refuse<TPage, TView>(HttpContext http, TView view, Refusal refusal, int status = StatusCodes.Status200OK, bool script = false)
        where TPage : StaticPage
    {
        if (refusal.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

        return Write<TPage, TView>(http, view, refusal.Error.Status == StatusCodes.Status429TooManyRequests ? StatusCodes.Status429TooManyRequests : status, script);
    }

    /// <summary>To another page of ours, always by GET.</summary>
    public void See(HttpContext http, string path)
    {
        Protect(http.Response);
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = issuer.Value.Path + path;
    }

    /// <summary>To the app, after a form: a page that moves on by itself, since browsers hold redirects against the form's page (CSP form-action).</summary>
    public Task HandOver(HttpContext http, string address, string app) =>
        Write<HandOverPage, HandOver>(http, new HandOver(address, app));

    /// <summary>Something that the person or the app's developer has to mend.</summary>
    public Task Error(HttpContext http, int status, PageError error) => Write<ErrorPage, PageError>(http, error, status);

    private async Task<PageContext> Context(HttpContext http)
    {
        var person = await people.Find(http);
        return new PageContext(texts, Languages.Of(http, person), person, issuer.Value.Path, HttpMethods.IsGet(http.Request.Method) ? AddressOf(http.Request) : null, () => antiforgery.GetAndStoreTokens(http).RequestToken!);
    }

    /// <summary>Headers of everything that people see.</summary>
    public static void Protect(HttpResponse response)
    {
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)";
    }

    private static string AddressOf(HttpRequest request)
    {
        var query = QueryString.Create(request.Query.Where(parameter => parameter.Key != Languages.Parameter));
        // An address that begins with two slashes names another host.
        return request.PathBase + new PathString("/" + request.Path.Value?.TrimStart('/')) + query;
    }
}

/// <summary>What an error page says.</summary>
/// <param name="Title">A key of the texts.</param>
/// <param name="Sentence">A key of the texts: what went wrong and what to do.</param>
/// <param name="ForDeveloper">Whether the app's developer has to mend it, rather than the person.</param>
/// <param name="Shown">What was asked for, shown as it came; null for nothing.</param>
/// <param name="Reference">A number that the log knows.</param>
internal sealed record PageError(string Title, string Sentence, bool ForDeveloper, string? Shown, string? Reference)
{
    /// <summary>Where the person goes on from here; null where there is nothing but what the sentence says.</summary>
    public PageWay? Way { get; init; }
}

/// <summary>A link of an error page.</summary>
/// <param name="Path">A page of ours.</param>
/// <param name="Text">A key of the texts.</param>
internal sealed record PageWay(string Path, string Text);

/// <summary>What a hand-over page says.</summary>
/// <param name="To">An address of the app, already checked.</param>
/// <param name="App">Its name.</param>
internal sealed record HandOver(string To, string App);
