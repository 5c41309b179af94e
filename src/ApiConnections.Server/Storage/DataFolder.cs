namespace ApiConnections.Server.Storage;

/// <summary>The folder of the SQLite database and of the key-encryption key; nobody but its owner may look into it.</summary>
internal sealed class DataFolder
{
    public DataFolder(string path)
    {
        FullPath = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(FullPath);
        else
            Directory.CreateDirectory(FullPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string FullPath { get; }

    public string DatabaseFile => Path.Combine(FullPath, "api-connections.db");

    public string KeyEncryptionKeyFile => Path.Combine(FullPath, "key-encryption.key");

    /// <summary>Held by the one program that serves from this folder; null where another holds it. It falls with the process, however that ends.</summary>
    public FileStream? TryHold()
    {
        try
        {
            return OpenOwn(Path.Combine(FullPath, "serve.lock"), FileMode.OpenOrCreate, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A new folder below this one, for what is not finished.</summary>
    public DataFolder Below(string name) => new(Path.Combine(FullPath, name));

    /// <summary>Makes an empty file of mode 0600 where there is none yet, so that no moment exists at which others could read it.</summary>
    public static void Reserve(string file)
    {
        if (File.Exists(file))
            return;

        using var made = OpenOwn(file, FileMode.OpenOrCreate, FileShare.ReadWrite);
    }

    /// <summary>Puts <paramref name="content"/> into a new file of mode 0600, whole or not at all, and on the disk before it returns.</summary>
    /// <returns>False where there is a file of that name already; it stays as it is.</returns>
    public static bool WriteNew(string file, ReadOnlySpan<byte> content)
    {
        var draft = $"{file}.{Guid.CreateVersion7():N}";
        using (var stream = OpenOwn(draft, FileMode.CreateNew, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, file, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
            return false;
        }
    }

    private static FileStream OpenOwn(string file, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return new FileStream(file, options);
    }
}
