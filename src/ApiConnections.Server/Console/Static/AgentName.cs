using ApiConnections.Server.Model;

namespace ApiConnections.Server.Console.Static;

/// <summary>What people call the program behind a User-Agent: <c>Firefox, Windows</c>; for an app its own name.</summary>
internal static class AgentName
{
    private const int Longest = 60;

    // Browsers claim to be their forerunners too: the most particular first.
    private static readonly (string Mark, string Name)[] browsers =
        [("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    private static readonly (string Mark, string Name)[] systems =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    /// <summary>Null where it says nothing.</summary>
    public static string? Of(string agent)
    {
        if (string.IsNullOrWhiteSpace(agent))
            return null;
        if (!agent.StartsWith("Mozilla/", StringComparison.Ordinal))
            return DisplayText.Visible(agent.Trim().Replace('/', ' '), Longest);

        var parts = new[] { Find(browsers, agent), Find(systems, agent) }.Where(part => part is not null).ToArray();
        return parts.Length > 0 ? string.Join(", ", parts) : DisplayText.Visible(agent, Longest);
    }

    private static string? Find((string Mark, string Name)[] known, string agent) =>
        Array.Find(known, pair => agent.Contains(pair.Mark, StringComparison.Ordinal)).Name;
}
