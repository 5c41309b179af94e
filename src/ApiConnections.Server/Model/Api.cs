namespace ApiConnections.Server.Model;

/// <summary>A protected API (RFC 6749 s1.1: a resource server).</summary>
/// <param name="Key">With a secret, how the API itself authenticates here.</param>
/// <param name="Audience">The <c>aud</c> of tokens for it, and the <c>resource</c> that asks for them (RFC 8707).</param>
/// <param name="CompanyId">The only company that may use it; null: all.</param>
/// <param name="Modules">What it serves, for the console.</param>
internal sealed record Api(string Key, string Name, string Audience, Guid? CompanyId, IReadOnlyList<string> Modules, DateTimeOffset CreatedAt)
{
    public bool IsOpenTo(Guid company) => CompanyId is null || CompanyId == company;
}
