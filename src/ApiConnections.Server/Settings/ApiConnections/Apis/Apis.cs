using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Apis;

/// <summary>An API just registered; its secret is shown this once.</summary>
internal sealed record CreatedApi(Api Api, ClientSecret Secret);

/// <summary>The protected APIs that tokens are for.</summary>
internal sealed class Apis(IDatabase database, AuditLog log, Changes changes, Secrets secrets, ModuleCatalogue catalogue, TimeProvider time)
{
    private const string Module = "api_connections";

    /// <param name="companyName">The only company that may use it; null: all.</param>
    public Task<Outcome<CreatedApi>> Create(Actor actor, string? name, string? audience, string? companyName, IReadOnlyList<string> modules) => database.Write<CreatedApi>(async session =>
    {
        var (text, whyNot) = DisplayText.Read("The name", name, DisplayText.LongestName, required: true);
        if (text is null)
            return Refused.Invalid(whyNot!);
        if (WhyNotAudience(audience) is { } wrong)
            return Refused.Invalid(wrong);
        if (modules.FirstOrDefault(module => !catalogue.KnowsModule(module)) is { } unknown)
            return Refused.Invalid($"There is no module \"{unknown}\"; see: module list.");

        Company? company = null;
        if (companyName is not null && !(await CompanyLookup.Find(session, companyName)).TryGet(out company, out var refusal))
            return refusal;

        var api = new Api(PublicKey.New(), text, audience!, company?.Id, modules, time.GetUtcNow());
        if (!await ApiStore.Insert(session, api))
            return Refused.Conflict("There is an API with that name or audience already.");

        var secret = await secrets.InsertForApi(session, api.Key, "first");
        await log.Append(session, actor, api.CompanyId, Module, "api.create", api.Key, new { api.Name, api.Audience, api.Modules });
        await changes.ForNodes(session, ChangeKind.Api, api.Key, api.CompanyId);
        return new CreatedApi(api, secret.Clear);
    });

    public async Task<Outcome<IReadOnlyList<Api>>> List() => Outcome.Of(await database.Read(ApiStore.All));

    /// <summary>Makes a further secret for an API, or revokes one.</summary>
    public Task<Outcome<CreatedApi>> AddSecret(Actor actor, string keyOrName) => database.Write<CreatedApi>(async session =>
    {
        if (await ApiStore.Find(session, keyOrName) is not { } api)
            return Missing(keyOrName);

        var secret = await secrets.InsertForApi(session, api.Key, "");
        await log.Append(session, actor, api.CompanyId, Module, "api_secret.add", api.Key, new { api.Name, secret = secret.Stored.Id, secret.Stored.Hint });
        await changes.ForNodes(session, ChangeKind.Secret, api.Key, api.CompanyId);
        return new CreatedApi(api, secret.Clear);
    });

    /// <param name="hint">The last four characters of the secret.</param>
    public Task<Outcome<Api>> RevokeSecret(Actor actor, string keyOrName, string hint) => database.Write<Api>(async session =>
    {
        if (await ApiStore.Find(session, keyOrName) is not { } api)
            return Missing(keyOrName);

        var meant = (await SecretStore.OfApis.Of(session, api.Key)).Where(secret => secret.RevokedAt is null && (secret.Hint == hint || secret.Id.ToString() == hint)).ToArray();
        if (meant.Length != 1 || !await SecretStore.OfApis.Revoke(session, api.Key, meant[0].Id, time.GetUtcNow()))
            return Refused.NotFound($"The API \"{api.Name}\" has no single live secret \"{hint}\".");

        await log.Append(session, actor, api.CompanyId, Module, "api_secret.revoke", api.Key, new { api.Name, secret = meant[0].Id, meant[0].Hint });
        await changes.ForNodes(session, ChangeKind.Secret, api.Key, api.CompanyId);
        return api;
    });

    // RFC 8707 s2: an absolute URI without a fragment.
    private static string? WhyNotAudience(string? audience) =>
        audience is { Length: > 0 and <= 500 } && Uri.TryCreate(audience, UriKind.Absolute, out var uri) && !audience.Contains('#', StringComparison.Ordinal)
            && !audience.AsSpan().ContainsAnyExceptInRange('!', '~') && !uri.IsFile
            ? null
            : "The audience is an absolute address without a fragment, for example https://api.example.com.";

    private static Refusal Missing(string keyOrName) => Refused.NotFound($"There is no API \"{keyOrName}\".");
}
