namespace ApiConnections.Benchmarks;

/// <summary>Rows for people and for the documentation alike.</summary>
internal sealed class MarkdownTable(params string[] columns)
{
    private readonly List<string[]> rows = [];

    public void Add(params string[] cells) => rows.Add(cells);

    public void Print(TextWriter to)
    {
        to.WriteLine();
        to.WriteLine($"| {string.Join(" | ", columns)} |");
        to.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", columns.Length))}");
        foreach (var row in rows)
            to.WriteLine($"| {string.Join(" | ", row)} |");
    }
}
