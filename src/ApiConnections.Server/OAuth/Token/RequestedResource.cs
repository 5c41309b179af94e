using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>Which API the token is for.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8707#section-2"/>
internal sealed class RequestedResource(ApiDirectory apis, IOptions<TokenOptions> options, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    private const int RereadsPerSecond = 5;
    /// <summary>RFC 8707 s2 allows several; a token of ours is for one API.</summary>
    public static readonly Refusal Several = OAuthError.InvalidTarget.Because("Ask for one resource at a time.");
    private static readonly Refusal unknown = OAuthError.InvalidTarget.Because("The resource is no registered API that this consumer's company may use.");
    private readonly RateWindow<int> rereads = new(TimeSpan.FromSeconds(1), 1, time);

    // Hot path: token
    public async ValueTask<Outcome<string>> Audience(OAuthForm form, Guid company)
    {
        if (form.HasSeveralResources)
            return Several;

        var known = await apis.All();
        if (form.Resource is not { } resource)
            return Default(known, company);

        var api = ApiDirectory.Find(known, resource, company);
        if (api is null && rereads.Count(0).Count <= RereadsPerSecond)
            api = ApiDirectory.Find(await apis.Load(), resource, company);

        return api is null ? unknown : api.Audience;
    }

    /// <summary>The audience of a token for which no resource was asked.</summary>
    public async ValueTask<string> Default(Guid company) => Default(await apis.All(), company);

    private string Default(IReadOnlyList<Api> apis, Guid company)
    {
        var api = options.Value.DefaultAudience is { Length: > 0 } configured && ApiDirectory.Find(apis, configured, company) is { } found ? found : ApiDirectory.LongestStanding(apis, company);
        // Without any API, a token is good for nothing but to be looked at: it names us.
        return api?.Audience ?? issuer.Value.Issuer;
    }
}
