namespace ApiConnections.Samples.FieldApp;

/// <summary>The person's tokens as they are good now: refreshed before they end, or when the API says that they have.</summary>
internal sealed class LiveTokens(Authorization authorization, TokenFile file)
{
    /// <summary>Clocks differ a little, and a request takes its time.</summary>
    private static readonly TimeSpan margin = TimeSpan.FromSeconds(30);

    public async Task<Tokens> Get(CancellationToken stop)
    {
        var tokens = file.Read() ?? throw new FailureException("You are not signed in; run: field-app sign-in");
        return TimeProvider.System.GetUtcNow() < tokens.ExpiresAt - margin ? tokens : await Renew(tokens, stop);
    }

    /// <summary>The tokens that take the place of these.</summary>
    public async Task<Tokens> Renew(Tokens old, CancellationToken stop)
    {
        // Another run of this program may have refreshed meanwhile.
        if (file.Read() is { } newer && newer.AccessToken != old.AccessToken)
            return newer;
        if (old.RefreshToken is not { } refresh)
            throw new FailureException("The token has ended; run: field-app sign-in");

        if (await authorization.Refresh(refresh, stop) is not { } renewed)
        {
            // RFC 6749 s5.2, invalid_grant: it was revoked, or was not used for too long. It will not come back.
            file.Delete();
            throw new FailureException("You are not signed in any more: what you allowed was revoked, or has ended. Run: field-app sign-in");
        }

        // Before it is used: the refresh token of before is good for half a minute more, and then a sign that it was stolen.
        file.Write(renewed);
        return renewed;
    }
}
