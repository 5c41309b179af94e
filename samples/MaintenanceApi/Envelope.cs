using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;

namespace ApiConnections.Samples.Maintenance;

/// <summary>The form of every answer with data: <c>{"success":true,"message":"200","data":[…],"total":n}</c>.</summary>
/// <param name="Success">False where the request was turned down.</param>
/// <param name="Message">The HTTP status as text, as clients of the maintenance software expect it.</param>
/// <param name="Data">The rows of this page.</param>
/// <param name="Total">How many rows there are on all pages.</param>
internal sealed record Envelope<T>(bool Success, string Message, IReadOnlyList<T> Data, int Total);

/// <summary>A request turned down, in the same form.</summary>
/// <param name="Success">Always false.</param>
/// <param name="Message">The HTTP status as text.</param>
/// <param name="Error">What is wrong, in a sentence.</param>
/// <param name="Errors">What is wrong with which parameter or field.</param>
internal sealed record RefusedEnvelope(
    bool Success,
    string Message,
    string Error,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Errors);

internal static class Envelope
{
    public static IResult One<T>(T row, int status = 200) => TypedResults.Json(new Envelope<T>(true, Text(status), [row], 1), statusCode: status);

    public static IResult Page<T>(IReadOnlyList<T> rows, int total) => TypedResults.Ok(new Envelope<T>(true, "200", rows, total));

    public static IResult Refuse(int status, string? error) =>
        TypedResults.Json(new RefusedEnvelope(false, Text(status), error ?? ReasonPhrases.GetReasonPhrase(status), null), statusCode: status);

    public static IResult Refuse(IReadOnlyDictionary<string, string> errors) =>
        TypedResults.Json(new RefusedEnvelope(false, "400", "The request has errors.", errors), statusCode: 400);

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
