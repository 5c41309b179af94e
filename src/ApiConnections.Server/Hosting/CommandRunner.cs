using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Hosting;

/// <summary>What a command shows: one JSON document with <c>--json</c>, else lines for people.</summary>
internal sealed record View(object Json, IEnumerable<string> Lines)
{
    public View(object json, params string[] lines)
        : this(json, lines.AsEnumerable())
    {
    }

    /// <summary>Columns as wide as they need to be.</summary>
    public static View Table<T>(IReadOnlyList<T> rows, Func<T, object> json, string[] heads, Func<T, string[]> cells)
    {
        var lines = rows.Select(cells).Prepend(heads).ToArray();
        var widths = heads.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        return new View(
            rows.Select(json).ToArray(),
            lines.Select(line => string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }
}

/// <summary>One call of a command: its options, the rooms' functions, and who calls.</summary>
internal sealed class CommandCall(ParseResult parsed, IServiceProvider services, TextReader? input)
{
    public static Actor Actor => Actor.CommandLine;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Whether one of these was given.</summary>
    public bool HasAny(IEnumerable<Option> options) => options.Any(option => parsed.GetResult(option) is { Implicit: false });

    public T Service<T>()
        where T : notnull => services.GetRequiredService<T>();

    public TextWriter Out => parsed.InvocationConfiguration.Output;

    /// <summary>A password from standard input (its first line), or asked for on the terminal without showing it.</summary>
    public Task<string?> Password() => PasswordPrompt.Read(input, Error);

    public TextWriter Error => parsed.InvocationConfiguration.Error;
}

/// <summary>Runs a room's function for a command and shows what comes back: exit code 0, or 1 with one plain sentence on standard error.</summary>
/// <param name="open">Makes the container for a call; the database is open and of this version's schema when it returns.</param>
/// <param name="input">Where passwords are read from; null for the terminal.</param>
internal sealed class CommandRunner(Func<ParseResult, Task<ServiceProvider>> open, TextReader? input)
{
    /// <summary>The option that every command has.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of text.", Recursive = true };

    private static readonly JsonSerializerOptions format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A command that calls <paramref name="act"/> and shows its result with <paramref name="show"/>.</summary>
    public Command On<T>(Command command, Func<CommandCall, Task<Outcome<T>>> act, Func<T, View> show)
        where T : notnull
    {
        command.SetAction(async (ParseResult parsed, CancellationToken stop) =>
        {
            await using var services = await open(parsed);
            var call = new CommandCall(parsed, services, input);
            var outcome = await act(call);
            if (!outcome.TryGet(out var result, out var refusal))
                return await Say(call.Error, refusal);

            await Show(call.Out, show(result), parsed.GetValue(Json));
            return 0;
        });
        return command;
    }

    /// <summary>A command that writes its own output, line by line, while it works.</summary>
    public Command Streaming(Command command, Func<CommandCall, Task<Outcome<long>>> act)
    {
        command.SetAction(async (ParseResult parsed, CancellationToken stop) =>
        {
            await using var services = await open(parsed);
            var call = new CommandCall(parsed, services, input);
            return (await act(call)).TryGet(out var _, out var refusal) ? 0 : await Say(call.Error, refusal);
        });
        return command;
    }

    private static async Task<int> Say(TextWriter error, Refusal refusal)
    {
        await error.WriteLineAsync(refusal.Reason);
        return 1;
    }

    /// <summary>One plain sentence for what stops a command that is not its caller's refusal.</summary>
    public static string Explain(Exception exception) => exception switch
    {
        Microsoft.Extensions.Options.OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        SettingException or StorageUnavailableException or IOException or UnauthorizedAccessException or InvalidDataException => exception.Message,
        AggregateException several => string.Join(Environment.NewLine, several.InnerExceptions.Select(Explain)),
        _ => $"Unexpected: {exception.Message} (API_CONNECTIONS_TRACE=1 shows where.)",
    };

    public static async Task Show(TextWriter output, View view, bool json)
    {
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(view.Json, format));
            return;
        }

        foreach (var line in view.Lines)
            await output.WriteLineAsync(line);
    }
}
