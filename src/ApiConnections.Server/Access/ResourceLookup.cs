using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access;

/// <summary>Finds the API that a client names as the <c>resource</c>.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8707#section-2"/>
internal sealed class ResourceLookup(ApiDirectory apis, TimeProvider time)
{
    private const int RereadsPerSecond = 5;
    public static readonly Refusal Several = OAuthError.InvalidTarget.Because("Ask for one resource at a time.");
    private static readonly Refusal unknown = OAuthError.InvalidTarget.Because("The resource is no registered API that this consumer's company may use.");
    private readonly RateWindow<int> rereads = new(TimeSpan.FromSeconds(1), 1, time);

    /// <summary>The API of that audience, where the company may use it.</summary>
    // Hot path: token
    public async ValueTask<Outcome<Api>> Find(string resource, Guid company)
    {
        var api = ApiDirectory.Find(await apis.All(), resource, company);
        // It may have been registered on another node a moment ago.
        if (api is null && rereads.Count(0).Count <= RereadsPerSecond)
            api = ApiDirectory.Find(await apis.Load(), resource, company);

        return api is null ? unknown : api;
    }
}
