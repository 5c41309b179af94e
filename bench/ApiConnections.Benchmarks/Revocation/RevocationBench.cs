using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using Npgsql;

namespace ApiConnections.Benchmarks.Revocation;

/// <summary>
/// How long an API goes on accepting what was revoked: from the answer of one node to the first refusal by an API that hears of it from another, both on one
/// PostgreSQL, while others call that API.
/// </summary>
internal static class RevocationBench
{
    private const int AtOnce = 4;
    private const int CallsPerSecond = 300;

    public static async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        using var installation = await BenchInstallation.New("PostgreSQL");
        var table = new MarkdownTable($"revoked at one node, refused by an API that hears of it from another, {CallsPerSecond} calls a second beside", "revocations", "p50 ms", "p90 ms", "p99 ms", "most ms", "good tokens refused");
        var app = await installation.App();
        using var one = Node(installation, out var issuer);
        using var two = Node(installation, out var other, issuer);
        await Task.WhenAll(one.ReadLine(), two.ReadLine());
        using var api = ChildProcess.Start(RevocationApi.Command, JsonSerializer.Serialize(new RevocationApi.Settings(issuer, BenchInstallation.Audience, installation.ApiKey, installation.ApiSecret, other)));
        var address = await api.ReadLine();

        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
        table.Add(await Measure("with NOTIFY", 2_000, installation, app, issuer, address, http));
        await using (await Deaf.To(installation))
            table.Add(await Measure("without NOTIFY", 500, installation, app, issuer, address, http));

        table.Print(Console.Out);
    }

    private static ChildProcess Node(BenchInstallation installation, out string address, string? issuer = null)
    {
        address = $"http://127.0.0.1:{Loopback.FreePort()}";
        return ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(new Dictionary<string, string?>(installation.Settings) { ["Urls"] = address, ["ApiConnections:Issuer"] = issuer ?? address }));
    }

    private static async Task<string[]> Measure(string how, int count, BenchInstallation installation, string app, string issuer, string api, HttpClient http)
    {
        var devices = new Queue<Device>();
        foreach (var form in (await RefreshBench.Forms(installation, app, count + 1)).Bodies)
            devices.Enqueue(await Connect(http, issuer, form));

        var good = devices.Dequeue();
        using var enough = new CancellationTokenSource();
        var load = Call(http, api, good.AccessToken, enough.Token);
        var times = new List<double>();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (Next(devices) is { } device)
            {
                var took = await Revoke(http, issuer, api, app, device);
                lock (times)
                    times.Add(took.TotalMilliseconds);
            }
        })));
        await enough.CancelAsync();
        times.Sort();
        return [how, $"{count:N0}", At(0.5), At(0.9), At(0.99), $"{times[^1]:F0}", $"{await load:N0}"];

        string At(double part) => $"{times[(int)(times.Count * part)]:F0}";
    }

    private static Device? Next(Queue<Device> devices)
    {
        lock (devices)
            return devices.TryDequeue(out var device) ? device : null;
    }

    private static async Task<TimeSpan> Revoke(HttpClient http, string issuer, string api, string app, Device device)
    {
        if (await Status(http, api, device.AccessToken) != HttpStatusCode.OK)
            throw new InvalidOperationException("A good token was refused.");

        using var form = new FormUrlEncodedContent([new("client_id", app), new("token", device.RefreshToken)]);
        using (var revoked = await http.PostAsync(new Uri(issuer + "/oauth/revoke"), form))
            revoked.EnsureSuccessStatusCode();

        var start = Stopwatch.GetTimestamp();
        while (await Status(http, api, device.AccessToken) == HttpStatusCode.OK)
            await Task.Yield();

        return Stopwatch.GetElapsedTime(start);
    }

    // How many were refused of the calls with a token that is good throughout.
    private static async Task<int> Call(HttpClient http, string api, string token, CancellationToken enough)
    {
        var refused = 0;
        var calls = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!enough.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            for (var i = 0; i < CallsPerSecond / 100; i++)
            {
                calls.Add(Task.Run(async () =>
                {
                    if (await Status(http, api, token) != HttpStatusCode.OK)
                        Interlocked.Increment(ref refused);
                }, CancellationToken.None));
            }
        }

        await Task.WhenAll(calls);
        return refused;
    }

    private static async Task<HttpStatusCode> Status(HttpClient http, string api, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, api);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<Device> Connect(HttpClient http, string issuer, string form)
    {
        using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var answer = await http.PostAsync(new Uri(issuer + "/oauth/token"), content);
        answer.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return new Device(body.RootElement.GetProperty("access_token").GetString()!, body.RootElement.GetProperty("refresh_token").GetString()!);
    }

    private sealed record Device(string AccessToken, string RefreshToken);

    /// <summary>Puts PostgreSQL's processes to sleep that tell nodes of commits; their polls go on.</summary>
    private sealed class Deaf(IReadOnlyList<int> listeners) : IAsyncDisposable
    {
        public static async Task<Deaf> To(BenchInstallation installation)
        {
            await using var connection = new NpgsqlConnection(installation.Settings["ApiConnections:Database:ConnectionString"]);
            await connection.OpenAsync();
            await using var ask = new NpgsqlCommand("select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'", connection);
            await using var rows = await ask.ExecuteReaderAsync();
            var found = new List<int>();
            while (await rows.ReadAsync())
                found.Add(rows.GetInt32(0));

            return found.Count > 0 ? new Deaf(await Signal("STOP", found)) : throw new InvalidOperationException("No node listens.");
        }

        public async ValueTask DisposeAsync() => await Signal("CONT", listeners);

        private static async Task<IReadOnlyList<int>> Signal(string name, IReadOnlyList<int> ids)
        {
            using var kill = Process.Start("kill", [$"-{name}", .. ids.Select(id => $"{id}")]);
            await kill.WaitForExitAsync();
            return kill.ExitCode == 0 ? ids : throw new InvalidOperationException("PostgreSQL's processes cannot be stopped: run this as root or as their owner.");
        }
    }
}
