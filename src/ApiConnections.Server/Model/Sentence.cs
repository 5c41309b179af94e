using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>
/// A sentence for people in English that still knows what of it was filled in, so that a page can say it in another language. Written like any
/// interpolated string.
/// </summary>
[InterpolatedStringHandler]
internal sealed class Sentence
{
    private readonly StringBuilder template;
    private readonly List<object?> arguments = [];

    public Sentence(int literalLength, int formattedCount) => template = new StringBuilder(literalLength + (formattedCount * 3));

    private Sentence(string whole) => template = new StringBuilder(Escape(whole));

    /// <summary>With <c>{0}</c>, <c>{1}</c> in the places of what fills it.</summary>
    public string Template => template.ToString();

    public IReadOnlyList<object?> Arguments => arguments;

    public void AppendLiteral(string text) => template.Append(Escape(text));

    public void AppendFormatted<T>(T value)
    {
        template.Append('{').Append(arguments.Count.ToString(CultureInfo.InvariantCulture)).Append('}');
        arguments.Add(value);
    }

    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator Sentence?(string? text) => text is null ? null : new Sentence(text);

    [return: NotNullIfNotNull(nameof(sentence))]
    public static implicit operator string?(Sentence? sentence) => sentence?.ToString();

    public override string ToString() => string.Format(CultureInfo.InvariantCulture, Template, [.. arguments]);

    private static string Escape(string text) => text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
