using ApiConnections.Protocol;
using ApiConnections.Server.Audit;

namespace ApiConnections.Tests.Access.Doors;

/// <summary>What there is when both doors are tried.</summary>
internal sealed record Things
{
    public required string Program { get; init; }

    public required string ProgramName { get; init; }

    public required string App { get; init; }

    public required string PublicApp { get; init; }

    public required string Disabled { get; init; }

    public required string Deleted { get; init; }

    public required Guid Revoked { get; init; }

    public required string Api { get; init; }

    public required string OtherApi { get; init; }

    /// <summary>An active user without second factor.</summary>
    public required string Person { get; init; }

    public required string Invited { get; init; }

    public required string Barred { get; init; }

    /// <summary>Whose session the pages have: the only super administrator.</summary>
    public required string Admin { get; init; }

    public required string Folder { get; init; }

    public static string Long { get; } = new('x', 81);

    public const string Turned = "a\u202Eb";
}

/// <summary>Something that is not done, and has to be refused with the same words at both doors.</summary>
/// <param name="Page">The function as a page calls it, in the session of a super administrator.</param>
/// <param name="Command">The same on the command line.</param>
internal sealed record Wrong(Func<IServiceProvider, Actor, Things, Task<Refusal?>> Page, Func<Things, string[]> Command)
{
    /// <summary>On the command's standard input.</summary>
    public string Input { get; init; } = "";
}

/// <summary>A function that takes an actor, and how else one comes to it.</summary>
/// <param name="Function">The class and its method.</param>
/// <param name="Command">The command that calls it; null where there is none.</param>
/// <param name="WhyNone">Why nothing is compared: it has no command, or no page, or cannot be refused.</param>
internal sealed record Door(string Function, string? Command, string? WhyNone, params Wrong[] Wrongs)
{
    /// <summary>A page and a command.</summary>
    public static Door Both(string function, string command, params Wrong[] wrongs) => new(function, command, null, wrongs);

    /// <summary>No page has it.</summary>
    public static Door Operator(string function, string command) => new(function, command, "It is the operator's: no page calls it.");

    /// <summary>Pages only.</summary>
    public static Door PageAlone(string function, string why) => new(function, null, why);

    /// <summary>It reads what a command prints.</summary>
    public static Door Reads(string function, string command, params Wrong[] wrongs) => new(function, command, wrongs.Length == 0 ? "It is a part of what the command prints." : null, wrongs);

    public static Wrong When<T, TRoom>(Func<TRoom, Actor, Things, Task<Outcome<T>>> page, Func<Things, string[]> command, string input = "")
        where T : notnull
        where TRoom : notnull =>
        new(async (services, actor, of) => (await page(services.GetRequiredService<TRoom>(), actor, of)).TryGet(out _, out var refusal) ? null : refusal, command) { Input = input };
}
