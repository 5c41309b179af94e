using System.CommandLine;
using System.CommandLine.Parsing;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Commands;

/// <summary>The command line: the rooms' commands below one root, which serves when none is named.</summary>
internal sealed class RootCommandLine(IReadOnlyList<Room> rooms, IReadOnlyDictionary<string, string?>? settings)
{
    public async Task<int> Run(string[] args, TextWriter output, TextWriter error)
    {
        var root = Root();
        // serve is the default: the program's own name with options, or nothing, starts it.
        if (args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("-h" or "-?" or "--help" or "--version")))
            args = ["serve", .. args];

        var parsed = root.Parse(args);
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
        catch (Exception e) when (CommandRunner.Explain(e) is { } sentence)
        {
            await error.WriteLineAsync(sentence);
            return 1;
        }
    }

    private RootCommand Root()
    {
        var services = new CommandServices(rooms, settings);
        var root = new RootCommand("API Connections: lets other people's programs into your APIs, and out again.") { CommandRunner.Json, ServerSettings.Data };
        var run = new CommandRunner(services.Open);
        root.Add(ServeCommand.Make(rooms, settings));
        root.Add(MaintenanceCommands.Migrate(services));
        root.Add(MaintenanceCommands.Backup(run));
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
