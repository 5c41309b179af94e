using System.Globalization;

namespace ApiConnections.Samples.Maintenance;

/// <summary>Which rows of a list are asked for: <c>start</c>, 0-based, and <c>limit</c>, 100 by default and at most 1,000.</summary>
internal readonly record struct Paging(int Start, int Limit)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>Answers with the page, or says what is wrong with the parameters.</summary>
    public static IResult Answer<T>(HttpRequest request, IReadOnlyList<T> rows)
    {
        var errors = new Dictionary<string, string>();
        var start = Number(request, "start", 0, 0, int.MaxValue, errors);
        var limit = Number(request, "limit", DefaultLimit, 1, MaxLimit, errors);
        return errors.Count > 0 ? Envelope.Refuse(errors) : Envelope.Page([.. rows.Skip(start).Take(limit)], rows.Count);
    }

    private static int Number(HttpRequest request, string name, int byDefault, int least, int most, Dictionary<string, string> errors)
    {
        var values = request.Query[name];
        if (values.Count == 0)
            return byDefault;

        if (values.Count == 1 && int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;

        errors[name] = most == int.MaxValue ? $"must be a whole number from {least} on" : $"must be a whole number from {least} to {most}";
        return byDefault;
    }
}
