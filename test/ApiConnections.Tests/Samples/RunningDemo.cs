using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;

namespace ApiConnections.Tests.Samples;

/// <summary>The demo's program in a process of its own, as scripts use it.</summary>
internal sealed class RunningDemo : IAsyncDisposable
{
    private static readonly TimeSpan startBound = TimeSpan.FromSeconds(60);

    // Below the ports that systems hand out by themselves. Two programs of tests run beside each other, as neighbours among the processes: each has room for a hundred demos.
    private static int lastPortBase = 12_000 + (Environment.ProcessId % 50 * 300);

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private RunningDemo(ChildProcess process, JsonElement facts) => (Process, Facts) = (process, facts);

    public ChildProcess Process { get; }

    /// <summary>The line of JSON.</summary>
    public JsonElement Facts { get; }

    public string Issuer => Text("issuer");

    public string Api => Text("api");

    public string Data => Text("data");

    /// <summary>The consumer "Nightly report".</summary>
    public TestConsumer Report => Facts.GetProperty("consumers").EnumerateArray().Select(Consumer).Single(consumer => consumer.Name == "Nightly report");

    /// <summary>The app "Field app".</summary>
    public TestConsumer FieldApp => Facts.GetProperty("consumers").EnumerateArray().Select(Consumer).Single(consumer => consumer.Name == "Field app");

    public (string Email, string Password) Technician => Person("user");

    public (string Email, string Password) Administrator => Person("super_administrator");

    public static async Task<RunningDemo> Start(params string[] arguments)
    {
        var process = ChildProcess.Start("dotnet", [Repository.Program("Demo", "Demo"), "--json", "--port-base", $"{FreePortBase()}", .. arguments]);
        try
        {
            return new RunningDemo(process, JsonDocument.Parse(await process.FirstJson(startBound)).RootElement);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>On SQLite in a temporary folder, or on a new PostgreSQL database.</summary>
    public static async Task<RunningDemo> Start(On engine) => engine == On.Sqlite ? await Start() : await Start("--postgres", await TestPostgres.NewDatabase());

    /// <summary>Runs the product's own command line beside the demo, as an administrator would.</summary>
    public async Task<JsonElement> Command(params string[] words)
    {
        var environment = Facts.GetProperty("environment").EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
        var result = await ChildProcess.Run("dotnet", [Repository.Program("ApiConnections.Server", "api-connections"), .. words, "--json"], environment);
        result.Exit.ShouldBe(0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    public async Task<TokenAnswer> Token(TestConsumer consumer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Issuer + "/oauth/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
            Headers = { Authorization = Node.Basic(consumer.Key, consumer.Secret) },
        };
        using var response = await http.SendAsync(request);
        return await TokenAnswer.Read(response);
    }

    public async Task<HttpResponseMessage> Call(HttpMethod method, string path, string? token)
    {
        using var request = new HttpRequestMessage(method, Api + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request);
    }

    public static TestConsumer Consumer(JsonElement json) =>
        new(json.GetProperty("key").GetString()!, json.GetProperty("secret").GetString()!, json.GetProperty("name").GetString()!, json.GetProperty("scope").GetString()!);

    /// <summary>The first of three ports in a row that nobody uses.</summary>
    public static int FreePortBase()
    {
        while (true)
        {
            var first = Interlocked.Add(ref lastPortBase, 3);
            if (Enumerable.Range(first, 3).All(IsFree))
                return first;
        }
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Process.Terminate();
        try
        {
            await Process.End(TimeSpan.FromSeconds(20));
        }
        finally
        {
            await Process.DisposeAsync();
        }
    }

    private (string Email, string Password) Person(string role)
    {
        var person = Facts.GetProperty("users").EnumerateArray().Single(user => user.GetProperty("role").GetString() == role);
        return (person.GetProperty("email").GetString()!, person.GetProperty("password").GetString()!);
    }

    private string Text(string name) => Facts.GetProperty(name).GetString()!;

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
