using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace ApiConnections.Tests.Support;

/// <summary>One node on SQLite for all tests of a class whose cases do not disturb each other.</summary>
public sealed class TokenServer : IAsyncLifetime
{
    public Installation Installation { get; private set; } = null!;

    public Node Node { get; private set; } = null!;

    /// <summary>A program of "Acme" with <c>assets:view tasks:view</c>.</summary>
    public TestConsumer Consumer { get; private set; } = null!;

    /// <summary>An app of "Acme" that acts for people.</summary>
    public TestConsumer App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Installation = await Installation.New(On.Sqlite);
        Node = await Installation.Start(settings: ("ApiConnections:ClientAuthentication:FailuresPerMinute", "10000"));
        Consumer = await Installation.Consumer();
        App = await Installation.Consumer(grant: "authorization_code", options: ["--callback", "https://app.test/callback"]);
        await Installation.Do("company", "create", "Other");
        await Installation.Reveal("api", "create", "--name", "Other's API", "--audience", "https://other.test", "--company", "Other");
    }

    /// <summary>The consumer's good credentials as a header line.</summary>
    public string Basic => Wire.BasicHeader($"{Consumer.Key}:{Consumer.Secret}");

    /// <summary>Puts what is known only now into a row of a table: <c>{key} {secret} {base64:…}</c> and the like.</summary>
    public string Fill(string text)
    {
        text = text.Replace("{key}", Consumer.Key, StringComparison.Ordinal)
            .Replace("{swapped}", SwapCase(Consumer.Key), StringComparison.Ordinal)
            .Replace("{secret}", Consumer.Secret, StringComparison.Ordinal)
            .Replace("{cut}", Consumer.Secret[..^1], StringComparison.Ordinal)
            .Replace("{other}", App.Secret, StringComparison.Ordinal)
            .Replace("{app}", $"{App.Key}:{App.Secret}", StringComparison.Ordinal);
        return Regex.Replace(text, "\\{base64:([^}]*)\\}", match => Convert.ToBase64String(Encoding.Latin1.GetBytes(match.Groups[1].Value)));
    }

    private static string SwapCase(string text) => new([.. text.Select(letter => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter))]);

    public ValueTask DisposeAsync() => Installation.DisposeAsync();
}
