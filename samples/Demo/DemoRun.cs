using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ApiConnections.Samples.Maintenance;
using ApiConnections.Server;

namespace ApiConnections.Samples.Demo;

/// <summary>Starts everything, waits until it answers, says how to try it, and runs until it is stopped.</summary>
internal static class DemoRun
{
    private static readonly JsonSerializerOptions format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public static async Task<int> Run(DemoOptions options, CancellationToken stop)
    {
        if (options.PortBase is < 1 or > 65533)
        {
            await Console.Error.WriteLineAsync("--port-base is between 1 and 65533.");
            return 2;
        }

        // Standard output is for the demo's own words.
        Environment.SetEnvironmentVariable("Logging__Console__LogToStandardErrorThreshold", "Trace");
        Environment.SetEnvironmentVariable("Logging__LogLevel__Microsoft", "Warning");

        try
        {
            var data = await new DemoData(options).Prepare();
            await using var server = ApiConnectionsServer.Build(new Dictionary<string, string?>(options.Settings)
            {
                ["ApiConnections:Issuer"] = options.Issuer,
                ["ApiConnections:Token:DefaultAudience"] = options.Api,
                ["Urls"] = options.Issuer,
            });
            await using var api = MaintenanceApi.Build(
                ["--issuer", options.Issuer, "--audience", options.Api, "--urls", options.Api],
                new Dictionary<string, string?> { ["ApiConnections:ApiKey"] = data.ApiConsumer.Key, ["ApiConnections:ApiSecret"] = data.ApiConsumer.Secret });
            await server.StartAsync(stop);
            await api.StartAsync(stop);
            await UntilItAnswers(options, data, stop);
            Console.WriteLine(options.Json ? JsonSerializer.Serialize(data, format) : Words(data));

            await server.WaitForShutdownAsync(stop);
            await api.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            if (options.Data is null && Directory.Exists(options.Folder))
                Directory.Delete(options.Folder, recursive: true);
        }
    }

    private static async Task UntilItAnswers(DemoOptions options, DemoFacts data, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var consumer = data.Consumers[0];
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Post, options.Issuer + "/oauth/token")
            {
                Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
                Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{consumer.Key}:{consumer.Secret}"))) },
            };
            using var answer = await http.SendAsync(ask, stop);
            if (!answer.IsSuccessStatusCode)
                throw new DemoFailedException($"The demo's own consumer gets no token: {await answer.Content.ReadAsStringAsync(stop)}");

            using var token = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stop));
            using var call = new HttpRequestMessage(HttpMethod.Get, options.Api + "/whoami")
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token.RootElement.GetProperty("access_token").GetString()) },
            };
            using var who = await http.SendAsync(call, stop);
            if (who.IsSuccessStatusCode)
                return;

            await Task.Delay(100, stop);
        }

        throw new DemoFailedException("The maintenance API does not accept the demo's tokens.");
    }

    private static string Words(DemoFacts data)
    {
        var (consumer, app) = (data.Consumers[0], data.Consumers[1]);
        return $$"""

            API Connections   {{data.Issuer}}
            Maintenance API   {{data.Api}}
            Data              {{data.Data}}

            Sign in         {{data.Issuer}}/signin
            {{string.Join("\n", data.Users.Select(user => $"  {user.Email,-23} {user.Password}"))}}

            Consumer "{{consumer.Name}}" ({{consumer.Scope}})
              key             {{consumer.Key}}
              secret          {{consumer.Secret}}

            App "{{app.Name}}" ({{app.Scope}})
              key             {{app.Key}}
              secret          {{app.Secret}}

            Try it, from another terminal:

              TOKEN=$(curl -s -u {{consumer.Key}}:{{consumer.Secret}} -d grant_type=client_credentials {{data.Issuer}}/oauth/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/') && curl -s -H "Authorization: Bearer $TOKEN" "{{data.Api}}/work_orders?limit=3"

            As a person, in the browser:

              export API_CONNECTIONS_ISSUER={{data.Issuer}} API_CONNECTIONS_KEY={{app.Key}} API_CONNECTIONS_SECRET={{app.Secret}} MAINTENANCE_API={{data.Api}}
              dotnet run --project samples/clients/FieldApp -- sign-in

            Ctrl+C stops it.
            """;
    }
}

/// <summary>The demo cannot run; its message says why.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
