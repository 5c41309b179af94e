using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Commands;

/// <summary>The script of the operator's guide that runs a command beside the service.</summary>
public sealed class ServiceCommandTests
{
    [Theory, Engines]
    public async Task A_command_beside_the_service_has_its_settings_and_its_folder(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var login = await installation.Login();
        using var place = new Place();
        var script = await Script(place, installation.Folder, [
            "# as systemd reads it",
            "; and this too",
            "",
            "  ApiConnections__Issuer=\"https://access.acme.example\"",
            .. installation.Settings.Where(setting => setting.Value is not null && setting.Key is not ("ApiConnections:Issuer" or "ApiConnections:Data")).Select(setting => $"{setting.Key.Replace(":", "__", StringComparison.Ordinal)}={setting.Value}"),
        ]);

        var listed = await ChildProcess.Run(script, ["consumer", "list", "--json"]);
        listed.Exit.ShouldBe(0, listed.Error);
        listed.Error.ShouldBeEmpty();
        JsonDocument.Parse(listed.Output).RootElement.EnumerateArray().Single().GetProperty("key").GetString().ShouldBe(consumer.Key);

        var linked = await ChildProcess.Run(script, ["user", "reset-password", login.Email, "--link", "--json"]);
        linked.Exit.ShouldBe(0, linked.Error);
        var link = JsonDocument.Parse(linked.Output).RootElement.GetProperty("link").GetString()!;
        installation.Watch(link.Split('/')[^1]);
        link.ShouldStartWith("https://access.acme.example/new-password/");
    }

    [Fact]
    public async Task Whoever_may_not_read_the_settings_is_told_how_to_run_it()
    {
        using var place = new Place();
        var script = await Script(place, place.Path, settings: null);

        var result = await ChildProcess.Run(script, ["consumer", "list"]);

        result.Exit.ShouldBe(1);
        result.Error.ShouldBe($"The settings in {place.Path}/settings.env cannot be read; run this as root: sudo api-connections consumer list");
        Directory.GetFiles(place.Path).Length.ShouldBe(2);
    }

    // The script as it is installed, with the places of this machine in its first lines.
    private static async Task<string> Script(Place place, string data, IEnumerable<string>? settings)
    {
        var (script, program, file) = (Path.Combine(place.Path, "api-connections"), Path.Combine(place.Path, "program"), Path.Combine(place.Path, "settings.env"));
        var lines = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/operators/api-connections.sh")))
            .Replace("settings=/etc/api-connections.env", "settings=" + file, StringComparison.Ordinal)
            .Replace("program=/opt/api-connections/api-connections", "program=" + program, StringComparison.Ordinal)
            .Replace("data=/var/lib/api-connections", "data=" + data, StringComparison.Ordinal)
            .Replace("user=api-connections", "user=" + Environment.UserName, StringComparison.Ordinal);
        await File.WriteAllTextAsync(script, lines);
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec dotnet {Repository.Program("ApiConnections.Server", "api-connections")} \"$@\"\n");
        if (settings is not null)
            await File.WriteAllLinesAsync(file, settings);
        foreach (var executable in new[] { script, program })
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return script;
    }

    private sealed class Place : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("api-connections-test-");

        public string Path => folder.FullName;

        public void Dispose() => folder.Delete(recursive: true);
    }
}
