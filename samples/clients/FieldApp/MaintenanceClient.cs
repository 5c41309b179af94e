using System.Net;
using System.Text.Json.Serialization;
using Duende.IdentityModel.Client;

namespace ApiConnections.Samples.FieldApp;

/// <summary>Calls the maintenance API for the person.</summary>
internal sealed class MaintenanceClient(HttpClient http, LiveTokens tokens, string address)
{
    private const int PageSize = 1000;
    private const int Completed = 3;

    public async Task<IReadOnlyList<WorkOrder>> WorkOrders(CancellationToken stop) =>
        (await Call<Envelope<IReadOnlyList<WorkOrder>>>(HttpMethod.Get, $"/work_orders?limit={PageSize}", null, stop)).Data;

    public async Task<WorkOrder> Complete(int id, CancellationToken stop) =>
        (await Call<Envelope<IReadOnlyList<WorkOrder>>>(HttpMethod.Patch, $"/work_orders/{id}", new { ot_status = Completed }, stop)).Data[0];

    public async Task<string> WhoAmI(CancellationToken stop)
    {
        using var answer = await Send(HttpMethod.Get, "/whoami", null, stop);
        return await answer.Content.ReadAsStringAsync(stop);
    }

    private async Task<T> Call<T>(HttpMethod method, string path, object? body, CancellationToken stop)
    {
        using var answer = await Send(method, path, body, stop);
        return (await answer.Content.ReadFromJsonAsync<T>(stop))!;
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body, CancellationToken stop)
    {
        var current = await tokens.Get(stop);
        var answer = await Send(current, method, path, body, stop);
        // RFC 6750 s3.1: it ended before its time, because what it may do was narrowed for example. Once: a new one that is refused too is no use.
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            answer.Dispose();
            answer = await Send(await tokens.Renew(current, stop), method, path, body, stop);
        }

        if (answer.IsSuccessStatusCode)
            return answer;

        using (answer)
        {
            throw answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized => new FailureException("The token has ended or was revoked; run: field-app sign-in"),
                // RFC 6750 s3.1 names the scope that is needed.
                HttpStatusCode.Forbidden => new FailureException($"You did not allow this app to do that, or may not do it yourself: {answer.Headers.WwwAuthenticate}"),
                HttpStatusCode.NotFound => new FailureException("There is no such work order."),
                var status => new FailureException($"{path.Split('?')[0]} answers {(int)status}."),
            };
        }
    }

    private async Task<HttpResponseMessage> Send(Tokens current, HttpMethod method, string path, object? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, address + path) { Content = body is null ? null : JsonContent.Create(body) };
        request.SetBearerToken(current.AccessToken);
        return await http.SendAsync(request, stop);
    }
}

internal sealed record Envelope<T>([property: JsonPropertyName("data")] T Data);

internal sealed record WorkOrder(
    [property: JsonPropertyName("id")] int Id,
    [property: JsonPropertyName("folio")] string Folio,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("ot_status")] int Status,
    [property: JsonPropertyName("responsible")] string Responsible,
    [property: JsonPropertyName("due_date")] DateTimeOffset DueDate)
{
    public bool IsOpen => Status is 1 or 2;
}
