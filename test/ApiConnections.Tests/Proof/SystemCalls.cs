using System.Globalization;
using ApiConnections.Tests.Support;

namespace ApiConnections.Tests.Proof;

/// <summary>What processes write to sockets and force to the disk, in the order in which it happens.</summary>
internal sealed class SystemCalls : IAsyncDisposable
{
    private readonly ChildProcess strace;
    private readonly string file;

    private SystemCalls(ChildProcess strace, string file) => (this.strace, this.file) = (strace, file);

    public static async Task<SystemCalls> Of(IReadOnlyCollection<int> processes)
    {
        var file = Path.GetTempFileName();
        var which = processes.SelectMany(process => new[] { "-p", process.ToString(CultureInfo.InvariantCulture) });
        var strace = ChildProcess.Start("strace", ["-f", "-s", "16", "-e", "trace=fsync,fdatasync,sendmsg,sendto", "-o", file, .. which]);
        await Support.Should.Within(TimeSpan.FromSeconds(20), () => Task.FromResult(processes.All(process => strace.Error.Contains($"{process} attached", StringComparison.Ordinal))), "the processes are traced");
        return new SystemCalls(strace, file);
    }

    /// <returns>The calls so far, a line each.</returns>
    public async Task<IReadOnlyList<string>> End()
    {
        await strace.Terminate();
        await strace.End(TimeSpan.FromSeconds(20));
        return await File.ReadAllLinesAsync(file);
    }

    public async ValueTask DisposeAsync()
    {
        await strace.DisposeAsync();
        File.Delete(file);
    }
}
