using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Health;

/// <summary>Probes: whether the process lives, and whether it can do its work.</summary>
internal static class HealthRoom
{
    public static Room Room { get; } = new("Health")
    {
        Services = services => services.AddSingleton<Readiness>(),
        Endpoints = endpoints =>
        {
            endpoints.MapGet("/health/live", (RequestDelegate)(http => Write(http, new HealthReport("live", null, null))));
            endpoints.MapGet("/health/ready", (RequestDelegate)(async http => await Write(http, await http.RequestServices.GetRequiredService<Readiness>().Check())));
        },
    };

    private static Task Write(HttpContext http, HealthReport report)
    {
        http.Response.StatusCode = report.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsJsonAsync(report, HealthJson.Default.HealthReport);
    }
}

/// <param name="Status"><c>live</c>, <c>ready</c> or <c>not_ready</c>.</param>
/// <param name="Problem">Why not, for the operator.</param>
/// <param name="Warning">What should be mended soon.</param>
internal sealed record HealthReport(string Status, string? Problem, string? Warning);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;

/// <summary>A node is ready when it reads its database, hears of changes and has a key to sign with.</summary>
internal sealed class Readiness(IDatabase database, ChangeListener changes, KeyRing keys)
{
    public async Task<HealthReport> Check() =>
        await WhatIsWrong() is { } problem
            ? new HealthReport("not_ready", problem, RuntimePatch.Warning)
            : new HealthReport("ready", null, RuntimePatch.Warning);

    private async Task<string?> WhatIsWrong()
    {
        try
        {
            await database.Read(ChangeStore.Last);
        }
        catch (StorageUnavailableException)
        {
            return "The database cannot be reached.";
        }

        if (!changes.IsCurrent)
            return "This node has not heard of changes for a minute.";

        return keys.Current is null ? "There is no signing key." : null;
    }
}

/// <summary>Patches of the runtime that this program should not run without.</summary>
internal static class RuntimePatch
{
    /// <summary>10.0.13 mends CVE-2026-40372 (forged cookies) and CVE-2026-70183.</summary>
    private static readonly Version wanted = new(10, 0, 13);

    public static string? Warning { get; } = Environment.Version < wanted
        ? $"This runs on {RuntimeInformation.FrameworkDescription}; update to {wanted} or later, which mends CVE-2026-40372 and CVE-2026-70183."
        : null;
}
