using System.CommandLine;
using System.CommandLine.Parsing;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Commands;

/// <summary>The command line: the rooms' commands below one root, which serves when none is named.</summary>
/// <param name="input">Where commands read passwords from; null for the terminal.</param>
internal sealed class RootCommandLine(IReadOnlyList<Room> rooms, IReadOnlyDictionary<string, string?>? settings, TextReader? input)
{
    private const string Serve = "serve";
    private const string DataOption = "--data";
    private const string Description = "API Connections: lets other people's programs into your APIs, and out again.";

    public async Task<int> Run(string[] args, TextWriter output, TextWriter error)
    {
        args = CommandFirst(args);

        // serve is the default: the program's own name with options, or nothing, starts it.
        if (args.Length == 0 || (args[0].StartsWith('-') && !IsAboutAll(args[0])))
            args = [Serve, .. args];

        // A server that starts does not wait for the hundred options of the other commands.
        var parsed = (args[0] == Serve ? ServeAlone() : Root()).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync(parsed.Errors[0].Message);
            await error.WriteLineAsync($"See: api-connections {Path(parsed)}--help");
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e)
        {
            // Whatever stops a command is said in one sentence; the stack is for those who ask for it.
            await error.WriteLineAsync(Environment.GetEnvironmentVariable("API_CONNECTIONS_TRACE") == "1" ? e.ToString() : CommandRunner.Explain(e));
            return 1;
        }
    }

    // What every command takes may stand before its name, as in a line that is kept for all of them: api-connections --data DIR consumer list.
    private static string[] CommandFirst(string[] args)
    {
        var name = 0;
        while (name < args.Length && (args[name] is DataOption or "--json" || args[name].StartsWith(DataOption + "=", StringComparison.Ordinal)))
            name += args[name] is DataOption ? 2 : 1;

        return name < args.Length && (!args[name].StartsWith('-') || IsAboutAll(args[name])) ? [.. args[name..], .. args[..name]] : args;
    }

    private static bool IsAboutAll(string arg) => arg is "-h" or "-?" or "--help" or "--version";

    private RootCommand ServeAlone() => new(Description) { CommandRunner.Json, ServerSettings.Data, ServeCommand.Make(rooms, settings) };

    private RootCommand Root()
    {
        var root = ServeAlone();
        var services = new CommandServices(rooms, settings);
        var run = new CommandRunner(services.Open, input);
        root.Add(MaintenanceCommands.Migrate(services));
        root.Add(BackupCommands.Backup(run));
        root.Add(BackupCommands.Restore(services));
        root.Add(BackupCommands.Restored(run));
        foreach (var command in rooms.SelectMany(room => room.Commands(run)))
            root.Add(command);

        return root;
    }

    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult { Parent: not null } command; result = command.Parent)
            names.Push(command.Command.Name);

        return string.Concat(names.Select(name => name + " "));
    }
}
