using System.Diagnostics;
using System.Globalization;

namespace ApiConnections.Benchmarks.Load;

/// <summary>This program once more, in a process of its own, so that its processor time and memory can be told from the load's.</summary>
internal sealed class ChildProcess : IDisposable
{
    // Linux counts a process's time in hundredths of a second (USER_HZ).
    private const double SecondsPerTick = 0.01;

    private readonly Process process;

    private ChildProcess(Process process) => this.process = process;

    public static ChildProcess Start(params string[] args) => StartProgram(Environment.ProcessPath!, args);

    /// <summary>Another program, with its standard output for <see cref="ReadLine"/>.</summary>
    /// <param name="environment">Variables over those that this program has.</param>
    public static ChildProcess StartProgram(string path, string[] args, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(path, args) { RedirectStandardOutput = true, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    public async Task<string> ReadLine() => await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The child process ended without an answer.");

    /// <summary>User and system time so far.</summary>
    public double CpuSeconds() => Seconds(File.ReadAllText($"/proc/{process.Id}/stat"));

    /// <summary>Processor time of all processes of that name that run now.</summary>
    public static double CpuSecondsOf(string name) => Directory.EnumerateDirectories("/proc")
        .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
        .Select(StatOf)
        .Where(stat => stat.Contains($"({name})", StringComparison.Ordinal))
        .Sum(Seconds);

    private static string StatOf(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "stat"));
        }
        catch (IOException)
        {
            return ""; // it has just ended
        }
    }

    private static double Seconds(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * SecondsPerTick;
    }

    /// <summary>A line of <c>/proc/PID/status</c> in MB, such as VmRSS or VmHWM.</summary>
    public double Memory(string name) => Memory(name, process.Id.ToString(CultureInfo.InvariantCulture));

    public static double Memory(string name, string processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) / 1024.0;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
