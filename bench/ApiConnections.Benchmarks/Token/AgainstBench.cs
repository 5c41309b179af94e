using System.Globalization;

namespace ApiConnections.Benchmarks.Token;

/// <summary>This build beside one of another revision: what a token costs each in processor time and memory, in turns.</summary>
internal static class AgainstBench
{
    /// <param name="args">The other revision's working tree, built, and what it is called.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        using var here = await TokenSide.Start("this tree", Directory.GetCurrentDirectory());
        using var there = await TokenSide.Start(args[1], Path.GetFullPath(args[0]));
        await TokenSide.TakeTurns("client credentials, SQLite, 64 connections", 7, TimeSpan.FromSeconds(4), there, here);
    }
}
