using System.Text.Json;

namespace ApiConnections.Samples.FieldApp;

internal sealed record Tokens(string AccessToken, string? RefreshToken, string Scope, DateTimeOffset ExpiresAt)
{
    public override string ToString() => "***";
}

/// <summary>The person's tokens between two runs, in a file that nobody else on the computer can read.</summary>
internal sealed class TokenFile(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string DefaultPath =>
        Environment.GetEnvironmentVariable("FIELD_APP_TOKENS") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.Create), "field-app", "tokens.json");

    public void Write(Tokens tokens)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        // The mode is set as the file is made, so it is never open to others; a rename never leaves half a file behind.
        var fresh = Path.Combine(folder, Path.GetRandomFileName());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var file = new FileStream(fresh, options))
            JsonSerializer.Serialize(file, tokens);

        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Null where nobody is signed in.</summary>
    public Tokens? Read()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<Tokens>(File.ReadAllBytes(path)) : null;
        }
        catch (JsonException)
        {
            throw new FailureException($"{path} cannot be read; run: field-app sign-in");
        }
    }

    public void Delete() => File.Delete(path);
}
