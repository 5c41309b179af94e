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
    private static readonly Refusal several = OAuthError.InvalidTarget.Because("Ask for one resource at a time.");
    private static readonly Refusal unknown = OAuthError.InvalidTarget.Because("The resource is no registered API that this consumer's company may use.");
    private readonly RateWindow<int> rereads = new(TimeSpan.FromSeconds(1), 1, time);

    // Hot path: token
    public async ValueTask<Outcome<string>> Audience(OAuthForm form, Guid company)
    {
        if (form.HasSeveralResources)
            return several;

        var known = await apis.All();
        if (form.Resource is not { } resource)
            // Without any API, a token is good for nothing but to be looked at: it names us.
            return Default(known, company)?.Audience ?? issuer.Value.Issuer;

        var api = ApiDirectory.Find(known, resource, company);
        if (api is null && rereads.Count(0).Count <= RereadsPerSecond)
            api = ApiDirectory.Find(await apis.Load(), resource, company);

        return api is null ? unknown : api.Audience;
    }

    private Api? Default(IReadOnlyList<Api> apis, Guid company) =>
        options.Value.DefaultAudience is { Length: > 0 } configured && ApiDirectory.Find(apis, configured, company) is { } api ? api : ApiDirectory.LongestStanding(apis, company);
}
