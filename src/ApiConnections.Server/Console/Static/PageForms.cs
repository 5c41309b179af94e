using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace ApiConnections.Server.Console.Static;

/// <summary>Reads the forms of our own pages, and of nobody else's.</summary>
internal sealed class PageForms(Pages pages, People people, IAntiforgery antiforgery)
{
    private static readonly FormOptions limits = new() { ValueCountLimit = 200, KeyLengthLimit = 64, ValueLengthLimit = 8 * 1024, BufferBodyLengthLimit = 64 * 1024 };
    private static readonly PageError expired = new("page.form_expired_title", "page.form_expired", ForDeveloper: false, null, null);

    /// <summary>The form; null where it came from elsewhere, was sealed for somebody else or is malformed, and a page that says so is written.</summary>
    public async Task<IFormCollection?> Read(HttpContext http)
    {
        await people.Find(http);
        if (await TryRead(http) is { } form)
            return form;

        await pages.Error(http, StatusCodes.Status400BadRequest, expired);
        return null;
    }

    private async Task<IFormCollection?> TryRead(HttpContext http)
    {
        // Browsers say where a form comes from; those that do not are left to the antiforgery token.
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
            return null;

        try
        {
            // No page of ours sends another kind, and files least of all.
            if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
                return null;

            http.Features.Set<IFormFeature>(new FormFeature(http.Request, limits));
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            return await antiforgery.IsRequestValidAsync(http) ? form : null;
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException or AntiforgeryValidationException)
        {
            return null;
        }
    }
}

internal static class FormValues
{
    /// <summary>The one value of a field; null where it is absent or stands there more than once.</summary>
    public static string? One(this IFormCollection form, string name) => form[name] is { Count: 1 } value ? value[0] : null;
}
