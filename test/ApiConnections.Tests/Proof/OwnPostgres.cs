using System.Globalization;
using ApiConnections.Tests.Support;

namespace ApiConnections.Tests.Proof;

/// <summary>A PostgreSQL of a test's own, which waits for the disk and can be stopped at once.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private static readonly string script = Path.Combine(Repository.Root, "test", "postgres.sh");
    private readonly string folder;

    private OwnPostgres(string folder, string connection) => (this.folder, Connection) = (folder, connection);

    /// <summary>A connection string for a new database there.</summary>
    public string Connection { get; }

    public static async Task<OwnPostgres> Start()
    {
        Machine.Needs(TestPostgres.Connection is not null, "There is no PostgreSQL here; ./test.sh installs one.");
        var parent = Directory.CreateTempSubdirectory("api-connections-postgres-");
        if (!OperatingSystem.IsWindows())
            parent.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

        var folder = Path.Combine(parent.FullName, "cluster");
        var started = await Run("start", folder, "durable");
        return new OwnPostgres(folder, await TestPostgres.NewDatabase(started.Output.Trim()));
    }

    /// <summary>As a power cut of the database ends it; it has recovered when this returns.</summary>
    public Task RestartAtOnce() => Run("restart", folder);

    /// <summary>The postmaster and its children.</summary>
    public IReadOnlyList<int> ProcessIds()
    {
        var first = int.Parse(File.ReadLines(Path.Combine(folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        var children = File.ReadAllText($"/proc/{first}/task/{first}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [first, .. children.Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
    }

    public async ValueTask DisposeAsync()
    {
        await Run("stop", folder);
        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }

    private static async Task<CommandResult> Run(params string[] arguments)
    {
        var result = await ChildProcess.Run(script, arguments);
        return result.Exit == 0 ? result : throw new InvalidOperationException($"{script} {string.Join(' ', arguments)}: {result.Error}");
    }
}
