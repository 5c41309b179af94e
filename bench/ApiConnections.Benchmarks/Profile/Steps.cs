namespace ApiConnections.Benchmarks.Profile;

/// <summary>The steps of a request, told by the innermost frame of a stack that belongs to one.</summary>
internal static class Steps
{
    public const string OpenSsl = "OpenSSL: the signature; hashes of what is secret";
    private const string Network = "Kestrel and the network";
    private const string Pool = "thread pool, and waiting in it";
    private const string Sqlite = "SQLite";
    private const string Disk = "the disk";
    private const string Runtime = "runtime: collector, casts, locks";
    private const string Compiler = "compiler, not yet done";

    private static readonly (string Frame, string Step)[] known =
    [
        ("libcrypto", OpenSsl),
        ("OpenSsl", OpenSsl),
        ("System.Security.Cryptography.EC", OpenSsl),
        ("Keys.SigningKey", OpenSsl),
        ("Keys.", "claims of the access token"),
        ("libe_sqlite3", Sqlite),
        ("SQLitePCL", Sqlite),
        ("Microsoft.Data.Sqlite", Sqlite),
        ("Npgsql", "Npgsql"),
        ("Dapper", "rows to objects"),
        ("OAuth.Shared.Form", "reading the form"),
        ("OAuth.Shared.OAuthForm", "reading the form"),
        ("OAuth.ClientAuthentication", "who asks"),
        ("Access.ConsumerDirectory", "who asks"),
        ("Model.StoredSecret", "who asks"),
        ("TokenResponse", "the answer"),
        ("OAuth.Shared", "the answer"),
        ("RequestLog", "what is noted of it"),
        ("UseRecorder", "what is noted of it"),
        ("SuccessSample", "what is noted of it"),
        ("ActivityStore", "what is noted of it"),
        ("OAuth.Token", "what is granted"),
        ("ApiConnections.Server.Access", "what is granted"),
        ("ApiConnections.Server.Model", "what is granted"),
        ("ApiConnections.Protocol", "what is granted"),
        ("ApiConnections.Server.Storage", "statements and committing in groups"),
        ("ApiConnections.Server", "middleware"),
        ("Microsoft.AspNetCore.Routing", "middleware"),
        ("Microsoft.AspNetCore.Server.Kestrel", Network),
        ("Microsoft.AspNetCore", "middleware"),
        ("System.Net.", Network),
        ("fsync", Disk),
        ("fdatasync", Disk),
        ("pwrite", Disk),
        ("pread", Disk),
        ("futex", Pool),
        ("sys_sched_yield", Pool),
        ("tcp_", Network),
        ("__send", Network),
        ("sys_send", Network),
        ("recv", Network),
        ("epoll", Network),
        ("sock_", Network),
        ("Threading.PortableThreadPool", Pool),
        ("Threading.ThreadPool", Pool),
        ("libclrjit", Compiler),
        ("libcoreclr", Runtime),
        ("System.", Runtime),
    ];

    /// <param name="thread">The name of the thread, where it is known.</param>
    /// <param name="frames">The innermost first.</param>
    public static string Of(string thread, IReadOnlyList<string> frames)
    {
        switch (thread)
        {
            case ".NET Tiered Compilation Worker" or ".NET Tiered Com":
                return Compiler;
            case ".NET Sockets":
                return Network;
            case ".NET BGC":
                return Runtime;
        }

        // What stands around every request (the runtime's own frames, the pool's loop) says something only where nothing within it does.
        foreach (var frame in frames)
        {
            if (known.FirstOrDefault(entry => frame.Contains(entry.Frame, StringComparison.Ordinal)) is { Step: { } step } && step is not (Runtime or Pool))
                return step;
        }

        // The frames of OpenSSL cannot be walked: what the C library does for it (memory, locks, comparing names of algorithms) has no caller.
        if (frames is [var only, ..] && only.Contains("libc.so", StringComparison.Ordinal))
            return OpenSsl;

        return frames.Select(frame => known.FirstOrDefault(entry => frame.Contains(entry.Frame, StringComparison.Ordinal)).Step).FirstOrDefault(step => step is not null) ?? Runtime;
    }
}
