using System.Net;

namespace ApiConnections.Samples.NightlyReport;

/// <summary>Waits as long as <c>Retry-After</c> says where a server answers 429, and turns a dead connection into a sentence.</summary>
internal sealed class PatientHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    private const int MostWaits = 5;
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(30);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            for (var waits = 0; ; waits++)
            {
                using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                attempt.CancelAfter(longest);
                var answer = await base.SendAsync(request, attempt.Token);
                if (answer.StatusCode != HttpStatusCode.TooManyRequests || waits == MostWaits)
                    return answer;

                var pause = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
                answer.Dispose();
                await Task.Delay(pause, cancellationToken);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new FailureException($"{request.RequestUri!.GetLeftPart(UriPartial.Authority)} cannot be reached.");
        }
    }
}
