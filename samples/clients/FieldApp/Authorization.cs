using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Duende.IdentityModel.Client;

namespace ApiConnections.Samples.FieldApp;

/// <summary>The authorization code grant with PKCE for an app on a person's own computer.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8252"/>
internal sealed class Authorization(HttpClient http, string issuer, string key, string? secret)
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(10);

    public async Task<Tokens> Ask(string? language, bool openBrowser, CancellationToken stop)
    {
        var server = await Discover(stop);
        await using var callback = await LoopbackCallback.Open();

        // RFC 7636 s4.1: whoever takes the code from the loopback address cannot use it without this.
        var verifier = Random();
        var state = Random();
        var address = new RequestUrl(server.AuthorizeEndpoint!).CreateAuthorizeUrl(
            clientId: key,
            responseType: "code",
            redirectUri: callback.Address,
            state: state,
            codeChallenge: Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            codeChallengeMethod: "S256",
            uiLocales: language);

        Show(address, openBrowser);
        var answer = await callback.Wait(state, issuer, patience, stop);
        return await Redeem(server, answer, callback.Address, verifier, stop);
    }

    /// <summary>RFC 6749 s6: new tokens in place of old ones; null where the person has to sign in again.</summary>
    public async Task<Tokens?> Refresh(string refreshToken, CancellationToken stop)
    {
        var server = await Discover(stop);
        // A lost answer is asked for again with the same token: within half a minute that gets the same successor.
        var answer = await SendRefresh(server, refreshToken, stop);
        if (answer.ErrorType == ResponseErrorType.Exception || answer.HttpStatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
            answer = await SendRefresh(server, refreshToken, stop);
        }

        var error = answer.TryGet("error");
        if (error == "invalid_grant")
            return null;
        if (answer.IsError)
            throw new FailureException($"The tokens could not be refreshed ({error ?? answer.Error}): {answer.ErrorDescription ?? "try again in a moment."}");

        return new Tokens(answer.AccessToken!, answer.RefreshToken ?? refreshToken, answer.Scope ?? "", TimeProvider.System.GetUtcNow().AddSeconds(answer.ExpiresIn));
    }

    /// <summary>RFC 7009: gives the refresh token back; it and its access tokens end.</summary>
    public async Task Revoke(string refreshToken, CancellationToken stop)
    {
        var server = await Discover(stop);
        using var request = new TokenRevocationRequest
        {
            Address = server.RevocationEndpoint,
            ClientId = key,
            ClientSecret = secret,
            ClientCredentialStyle = CredentialStyle,
            Token = refreshToken,
        };
        var answer = await http.RevokeTokenAsync(request, stop);
        if (answer.IsError)
            throw new FailureException("The server could not be told; try again, or revoke this app under \"Apps\" in your account.");
    }

    private ClientCredentialStyle CredentialStyle => secret is null ? ClientCredentialStyle.PostBody : ClientCredentialStyle.AuthorizationHeader;

    private async Task<TokenResponse> SendRefresh(DiscoveryDocumentResponse server, string refreshToken, CancellationToken stop)
    {
        using var request = new RefreshTokenRequest
        {
            Address = server.TokenEndpoint,
            ClientId = key,
            ClientSecret = secret,
            ClientCredentialStyle = CredentialStyle,
            RefreshToken = refreshToken,
        };
        return await http.RequestRefreshTokenAsync(request, stop);
    }

    private async Task<DiscoveryDocumentResponse> Discover(CancellationToken stop)
    {
        var server = await http.GetDiscoveryDocumentAsync(
            new DiscoveryDocumentRequest
            {
                Address = issuer,
                // The metadata of RFC 8414, not OpenID Connect's; the library asks for https except on this machine.
                Policy = { DiscoveryDocumentPath = ".well-known/oauth-authorization-server" },
            },
            stop);
        if (server.IsError)
            throw new FailureException($"{issuer} cannot be used as an issuer ({server.Error}); check API_CONNECTIONS_ISSUER.");

        return server;
    }

    private async Task<Tokens> Redeem(DiscoveryDocumentResponse server, string code, string redirectUri, string verifier, CancellationToken stop)
    {
        using var request = new AuthorizationCodeTokenRequest
        {
            Address = server.TokenEndpoint,
            ClientId = key,
            ClientSecret = secret,
            ClientCredentialStyle = CredentialStyle,
            Code = code,
            RedirectUri = redirectUri,
            CodeVerifier = verifier,
        };
        var answer = await http.RequestAuthorizationCodeTokenAsync(request, stop);
        if (answer.IsError)
            throw new FailureException($"The code was refused ({answer.TryGet("error") ?? answer.Error}): {answer.ErrorDescription ?? "run field-app sign-in again."}");

        return new Tokens(answer.AccessToken!, answer.RefreshToken, answer.Scope ?? "", TimeProvider.System.GetUtcNow().AddSeconds(answer.ExpiresIn));
    }

    private static void Show(string address, bool openBrowser)
    {
        if (openBrowser && TryOpen(address))
        {
            Console.WriteLine("Your browser is open; sign in there.");
            return;
        }

        Console.WriteLine("Open this address in your browser:");
        Console.WriteLine(address);
    }

    private static bool TryOpen(string address)
    {
        try
        {
            // Not through a shell: the address stays one argument.
            using var browser = OperatingSystem.IsLinux()
                ? Process.Start(new ProcessStartInfo("xdg-open", [address]) { RedirectStandardError = true, RedirectStandardOutput = true })
                : Process.Start(new ProcessStartInfo(address) { UseShellExecute = true });
            return browser is not null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
