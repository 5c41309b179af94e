namespace ApiConnections.Tests.Support;

/// <summary>The program in a process of its own, on the database of an installation.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly ChildProcess process;

    private ServerProcess(ChildProcess process, HttpClient http) => (this.process, Http) = (process, http);

    public HttpClient Http { get; }

    public int ProcessId => process.Id;

    public string Address => Http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    /// <param name="ahead">By how much its machine's clock is wrong.</param>
    /// <param name="variables">Of its environment, beside the settings.</param>
    public static async Task<ServerProcess> Start(Installation installation, TimeSpan ahead = default, params (string Name, string Value)[] variables)
    {
        var issuer = $"http://127.0.0.1:{Node.FreePort()}";
        var environment = installation.Settings.Where(setting => setting.Value is not null).ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value!);
        foreach (var (name, value) in variables)
            environment[name] = value;
        if (ahead != default)
            OtherClock(environment, ahead);

        var process = ChildProcess.Start("dotnet", [Repository.Program("ApiConnections.Server", "api-connections"), "serve", "--issuer", issuer, "--urls", issuer], environment);
        var http = new HttpClient { BaseAddress = new Uri(issuer) };
        await Should.Within(TimeSpan.FromSeconds(60), () => IsReady(http), "the server process answers");
        return new ServerProcess(process, http);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public Task Kill() => process.Kill();

    /// <summary>Ends it as a service manager does.</summary>
    public async Task<CommandResult> End(TimeSpan bound)
    {
        await process.Terminate();
        return await process.End(bound);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
    }

    private static void OtherClock(Dictionary<string, string> environment, TimeSpan ahead)
    {
        var library = Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketime.so.1")).FirstOrDefault(File.Exists) : null;
        Machine.Needs(library is not null, "There is no libfaketime here; ./test.sh installs it.");
        environment["LD_PRELOAD"] = library!;
        environment["FAKETIME"] = $"{ahead.TotalSeconds:+0;-0}s";
        environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
        environment["DONT_FAKE_MONOTONIC"] = "1";
    }

    private static async Task<bool> IsReady(HttpClient http)
    {
        try
        {
            return (await http.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
