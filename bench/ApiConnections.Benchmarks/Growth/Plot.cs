using System.Globalization;
using System.Net;
using System.Text;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>Bars side by side, one panel a measure, as SVG that a browser shows as it is.</summary>
internal sealed class Plot(string title, string file)
{
    private const int Bar = 64;
    private const int Gap = 14;
    private const int Between = 40;
    private const int Tallest = 150;
    private const int Floor = 220;
    private readonly List<(string Title, List<(string Name, double Value)> Bars)> panels = [];

    public void Add(string panel, string bar, double value)
    {
        if (panels.Find(known => known.Title == panel).Bars is not { } bars)
            panels.Add((panel, bars = []));
        bars.Add((bar, value));
    }

    /// <summary>Writes the file, where any bar was added.</summary>
    public void Save(string folder)
    {
        if (panels.Count == 0)
            return;

        var (body, left) = (new StringBuilder(), Between / 2);
        foreach (var (name, bars) in panels)
        {
            var width = Math.Max(bars.Count * (Bar + Gap), name.Length * 8);
            Text(body, left + (width / 2), 50, name, "600");
            var most = Math.Max(bars.Max(bar => bar.Value), double.Epsilon);
            for (var i = 0; i < bars.Count; i++)
            {
                var (x, height) = (left + (i * (Bar + Gap)) + (Gap / 2), (int)(bars[i].Value / most * Tallest));
                body.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{Floor - height}\" width=\"{Bar}\" height=\"{height}\" fill=\"#3b6ea8\"/>");
                Text(body, x + (Bar / 2), Floor - height - 5, bars[i].Value.ToString(bars[i].Value < 100 ? "0.#" : "#,0", CultureInfo.InvariantCulture), "400");
                Text(body, x + (Bar / 2), Floor + 16, bars[i].Name, "400");
            }

            left += width + Between;
        }

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, file), $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left} 250" width="{left}" height="250" font-family="sans-serif" font-size="12" role="img">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="{Between / 2}" y="24" font-size="15">{WebUtility.HtmlEncode(title)}</text>
            {body}</svg>

            """);
    }

    private static void Text(StringBuilder body, int x, int y, string text, string weight) =>
        body.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-weight=\"{weight}\">{WebUtility.HtmlEncode(text)}</text>");
}
