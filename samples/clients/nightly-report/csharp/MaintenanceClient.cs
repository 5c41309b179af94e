using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Duende.IdentityModel.Client;

namespace ApiConnections.Samples.NightlyReport;

/// <summary>Reads from the maintenance API with a token.</summary>
internal sealed class MaintenanceClient(HttpClient http, AccessTokens tokens, string address)
{
    private const int PageSize = 100;

    public async Task<IReadOnlyList<WorkOrder>> WorkOrders()
    {
        var all = new List<WorkOrder>();
        while (true)
        {
            var page = await Get($"/work_orders?start={all.Count}&limit={PageSize}");
            all.AddRange(page.Data);
            if (page.Data.Count == 0 || all.Count >= page.Total)
                return all;
        }
    }

    private async Task<Page> Get(string path)
    {
        var answer = await Send(path);
        if (Says(answer, "invalid_token"))
        {
            // Revoked, or the signing keys changed: a new token may be fine.
            answer.Dispose();
            tokens.Forget();
            answer = await Send(path);
        }

        using (answer)
        {
            if (Says(answer, "insufficient_scope"))
                throw new FailureException("The consumer may not read work orders (insufficient_scope): its permission group needs tasks:view.");
            if (!answer.IsSuccessStatusCode)
                throw new FailureException($"{path.Split('?')[0]} answers {(int)answer.StatusCode}.");

            return (await answer.Content.ReadFromJsonAsync<Page>())!;
        }
    }

    private async Task<HttpResponseMessage> Send(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address + path);
        request.SetBearerToken(await tokens.Get());
        return await http.SendAsync(request);
    }

    // RFC 6750 s3.1, as in: WWW-Authenticate: Bearer error="insufficient_scope", scope="tasks:view"
    private static bool Says(HttpResponseMessage answer, string error) => answer.Headers.WwwAuthenticate.Any(challenge =>
        challenge.Scheme == "Bearer" && challenge.Parameter?.Contains($"error=\"{error}\"", StringComparison.Ordinal) == true);
}

internal sealed record Page([property: JsonPropertyName("data")] IReadOnlyList<WorkOrder> Data, [property: JsonPropertyName("total")] int Total);

internal sealed record WorkOrder(
    [property: JsonPropertyName("folio")] string Folio,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("ot_status")] WorkOrderStatus Status,
    [property: JsonPropertyName("creation_date")] DateTimeOffset CreationDate);

internal enum WorkOrderStatus
{
    InProcess = 1,
    InReview = 2,
    Completed = 3,
    Cancelled = 4,
}
