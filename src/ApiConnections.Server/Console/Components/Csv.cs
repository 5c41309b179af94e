using System.Globalization;
using System.Text;

namespace ApiConnections.Server.Console.Components;

/// <summary>Lists as comma-separated values (RFC 4180), with nothing that a spreadsheet takes for a formula.</summary>
internal static class Csv
{
    public static string Line(IEnumerable<string> cells) => new StringBuilder().AppendJoin(',', cells.Select(Cell)).Append("\r\n").ToString();

    public static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    // One of these first makes a formula of a cell, in one spreadsheet or another; the apostrophe makes it text.
    private static string Cell(string text) =>
        "\"" + (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20' ? "'" : "") + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
