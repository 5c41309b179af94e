using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>Which API the token is for.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8707#section-2"/>
internal sealed class RequestedResource(ApiDirectory apis, ResourceLookup resources, IOptions<TokenOptions> options, IOptions<IssuerOptions> issuer)
{
    // Hot path: token
    public async ValueTask<Outcome<string>> Audience(OAuthForm form, Guid company)
    {
        if (form.HasSeveralResources)
            return ResourceLookup.Several;
        if (form.Resource is { } resource)
            return (await resources.Find(resource, company)).TryGet(out var api, out var refusal) ? api.Audience : refusal;

        return await Default(company);
    }

    /// <summary>The audience of a token for which no resource was asked.</summary>
    public async ValueTask<string> Default(Guid company)
    {
        var known = await apis.All();
        var api = options.Value.DefaultAudience is { Length: > 0 } configured && ApiDirectory.Find(known, configured, company) is { } found ? found : ApiDirectory.LongestStanding(known, company);
        // Without any API, a token is good for nothing but to be looked at: it names us.
        return api?.Audience ?? issuer.Value.Issuer;
    }
}
