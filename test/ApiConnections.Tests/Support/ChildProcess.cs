using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Xunit;

namespace ApiConnections.Tests.Support;

/// <summary>A program in a process of its own, with everything that it prints.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task output;
    private readonly Task error;
    private readonly LogSink outputLines = new();
    private readonly LogSink errorLines = new();
    private readonly Channel<string> unread = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<string?> firstJson = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process)
    {
        this.process = process;
        output = Read(process.StandardOutput, outputLines, firstJson, unread.Writer);
        error = Read(process.StandardError, errorLines, null, null);
    }

    public int Id => process.Id;

    public string Output => string.Join('\n', outputLines.Lines);

    public string Error => string.Join('\n', errorLines.Lines);

    /// <summary>The tests' own environment is handed on, with <paramref name="environment"/> over it.</summary>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandResult> Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var child = Start(program, arguments, environment);
        return await child.End(TimeSpan.FromMinutes(1));
    }

    /// <summary>The first line of standard output that starts with <c>{</c>; fails where the program ends without one.</summary>
    public async Task<string> FirstJson(TimeSpan bound) =>
        await firstJson.Task.WaitAsync(bound) ?? throw new InvalidOperationException($"The program ended without a line of JSON: {Error}");

    /// <summary>The next line of standard output; fails where the program ends without one.</summary>
    public async Task<string> NextLine(TimeSpan bound)
    {
        using var late = new CancellationTokenSource(bound);
        try
        {
            return await unread.Reader.ReadAsync(late.Token);
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"The program ended without another line: {Error}");
        }
    }

    /// <summary>A line for its standard input.</summary>
    public async Task Write(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<CommandResult> End(TimeSpan bound)
    {
        using var late = new CancellationTokenSource(bound);
        await process.WaitForExitAsync(late.Token);
        await Task.WhenAll(output, error);
        return new CommandResult(process.ExitCode, Output, Error);
    }

    /// <summary>SIGTERM, as service managers and containers stop a program.</summary>
    public Task Terminate() => process.HasExited ? Task.CompletedTask : Signal("TERM");

    /// <summary>Sends a signal, such as STOP and CONT, which put it to sleep and wake it.</summary>
    public async Task Signal(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {process.Id.ToString(CultureInfo.InvariantCulture)}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL: as a power cut ends it.</summary>
    public async Task Kill()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);

        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    private static async Task Read(StreamReader reader, LogSink lines, TaskCompletionSource<string?>? json, ChannelWriter<string>? unread)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            unread?.TryWrite(line);
            if (line.StartsWith('{'))
                json?.TrySetResult(line);
        }

        json?.TrySetResult(null);
        unread?.TryComplete();
    }
}

/// <summary>Where the repository's files and programs are.</summary>
internal static class Repository
{
    private static readonly DirectoryInfo bin = new(AppContext.BaseDirectory);

    public static string Root { get; } = FindRoot();

    /// <summary>A program of another project, built in the configuration of the tests.</summary>
    public static string Program(string project, string assembly) => Path.Combine(bin.Parent!.Parent!.FullName, project, bin.Name, assembly + ".dll");

    private static string FindRoot()
    {
        for (var folder = bin; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ApiConnections.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests run inside of the repository.");
    }
}

/// <summary>Something that a test needs from its machine.</summary>
internal static class Machine
{
    /// <summary>Skips the test where it cannot run; under <c>./test.sh</c>, which installs what is needed, fails it.</summary>
    public static void Needs(bool isThere, string what)
    {
        if (isThere)
            return;

        if (TestPostgres.MustBeThere)
            Assert.Fail(what);
        Assert.Skip(what);
    }

    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
