using System.Net;
using Duende.IdentityModel.Client;

namespace ApiConnections.Samples.NightlyReport;

/// <summary>One access token, kept until shortly before it ends.</summary>
internal sealed class AccessTokens(HttpClient http, string issuer, string key, string secret)
{
    // A token must not end while a request is under way.
    private static readonly TimeSpan spare = TimeSpan.FromSeconds(30);

    private string? endpoint;
    private string? token;
    private DateTimeOffset ends;

    public async Task<string> Get()
    {
        if (token is null || TimeProvider.System.GetUtcNow() > ends - spare)
            (token, ends) = await Ask();

        return token;
    }

    public void Forget() => token = null;

    private async Task<(string Token, DateTimeOffset Ends)> Ask()
    {
        endpoint ??= await Discover();
        var answer = await http.RequestClientCredentialsTokenAsync(new ClientCredentialsTokenRequest
        {
            Address = endpoint,
            ClientId = key,
            ClientSecret = secret,
            ClientCredentialStyle = ClientCredentialStyle.AuthorizationHeader,
        });
        if (!answer.IsError)
            return (answer.AccessToken!, TimeProvider.System.GetUtcNow().AddSeconds(answer.ExpiresIn));

        if (answer.Exception is not null)
            throw Cause(answer.Exception);

        // RFC 6749 s5.2: invalid_client is the one error with status 401, and the library reads error codes at 400 only.
        throw new FailureException(answer.HttpStatusCode == HttpStatusCode.Unauthorized
            ? "API Connections refuses the key and secret (invalid_client): check API_CONNECTIONS_KEY and API_CONNECTIONS_SECRET, and that the consumer is enabled."
            : $"API Connections gives no token ({answer.TryGet("error") ?? answer.Error}).");
    }

    private async Task<string> Discover()
    {
        var metadata = await http.GetDiscoveryDocumentAsync(new DiscoveryDocumentRequest
        {
            Address = issuer,
            // The metadata of RFC 8414, not OpenID Connect's; the library asks for https except on this machine.
            Policy = { DiscoveryDocumentPath = ".well-known/oauth-authorization-server" },
        });
        if (metadata.Exception is not null)
            throw Cause(metadata.Exception);

        return metadata.TokenEndpoint ?? throw new FailureException($"{issuer} has no metadata; check API_CONNECTIONS_ISSUER.");
    }

    private static Exception Cause(Exception exception) =>
        exception as FailureException ?? exception.InnerException as FailureException ?? new FailureException("The report failed: " + exception.Message);
}
