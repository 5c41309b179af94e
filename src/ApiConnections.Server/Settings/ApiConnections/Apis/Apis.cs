using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Apis;

/// <summary>An API just registered, or one that got a further secret; the secret is shown this once.</summary>
internal sealed record CreatedApi(Api Api, ClientSecret Secret);

/// <summary>What to change of an API; null leaves it as it is.</summary>
internal sealed record ApiEdit(string? Name, string? Audience, IReadOnlyList<string>? Modules);

/// <summary>An API as people see it.</summary>
/// <param name="Secrets">The newest first, the revoked ones too.</param>
/// <param name="Listeners">Where it listens to the revocations of this node.</param>
/// <param name="Own">Whether it is of whoever asks: one that is open to several companies is the operator's.</param>
internal sealed record ApiDetails(Api Api, IReadOnlyList<StoredSecret> Secrets, IReadOnlyList<ApiListener> Listeners, bool Own);

/// <summary>The protected APIs that tokens are for.</summary>
internal sealed class Apis(IDatabase database, AuditLog log, Changes changes, Secrets secrets, ApiListeners listeners, ModuleCatalogue catalogue, TimeProvider time)
{
    private const string Module = "api_connections";
    private static readonly Refusal missingCompany = Refused.NotFound("There is no such company.");

    /// <param name="companyName">The only company that may use it; null: all, which only the operator can say.</param>
    /// <param name="secretLabel">What its first secret is called, in the language of whoever makes it.</param>
    public Task<Outcome<CreatedApi>> Create(Actor actor, string? name, string? audience, string? companyName, IReadOnlyList<string> modules, string secretLabel = "first") => database.Write<CreatedApi>(async session =>
    {
        Company? company = null;
        if (companyName is not null && !(await CompanyLookup.Find(session, companyName)).TryGet(out company, out var refusal))
            return refusal;
        if (await Rights.WhyNot(session, actor, company?.Id, missingCompany, time.GetUtcNow(), recent: true) is { } notAllowed)
            return notAllowed;
        if (!Read(name, audience, modules).TryGet(out var text, out refusal))
            return refusal;

        var api = new Api(PublicKey.New(), text, audience!, company?.Id, modules, time.GetUtcNow());
        if (!await ApiStore.Insert(session, api))
            return Taken();

        var secret = await secrets.InsertForApi(session, api.Key, secretLabel);
        await log.Append(session, actor, api.CompanyId, Module, "api.create", api.Key, new { api.Name, api.Audience, api.Modules });
        await changes.ForNodes(session, ChangeKind.Api, api.Key, api.CompanyId);
        return new CreatedApi(api, secret.Clear);
    });

    /// <summary>Those that are open to a company, the longest standing first.</summary>
    /// <param name="companyName">Null for all of the installation.</param>
    public Task<Outcome<IReadOnlyList<ApiDetails>>> List(Actor actor, string? companyName) => database.Read<Outcome<IReadOnlyList<ApiDetails>>>(async session =>
    {
        Company? company = null;
        if (companyName is not null && !(await CompanyLookup.Find(session, companyName)).TryGet(out company, out var refusal))
            return refusal;
        if (await Rights.WhyNotSee(session, actor, company?.Id, missingCompany, time.GetUtcNow()) is { } notAllowed)
            return notAllowed;

        var found = new List<ApiDetails>();
        foreach (var api in (await ApiStore.All(session)).Where(api => company is null || api.IsOpenTo(company.Id)))
            found.Add(await Describe(session, api, actor));

        return found;
    });

    public Task<Outcome<ApiDetails>> Show(Actor actor, string keyOrName) => database.Read<Outcome<ApiDetails>>(async session =>
        (await Find(session, actor, keyOrName, see: true)).TryGet(out var api, out var refusal) ? await Describe(session, api, actor) : refusal);

    /// <summary>Edits an API. With another audience, tokens for the former one are refused by it, and asking for the former one is too.</summary>
    public Task<Outcome<Api>> Edit(Actor actor, string keyOrName, ApiEdit edit) => database.Write<Api>(async session =>
    {
        if (!(await Find(session, actor, keyOrName)).TryGet(out var before, out var refusal))
            return refusal;
        if (!Read(edit.Name ?? before.Name, edit.Audience ?? before.Audience, edit.Modules ?? before.Modules).TryGet(out var text, out refusal))
            return refusal;

        var after = before with { Name = text, Audience = edit.Audience ?? before.Audience, Modules = edit.Modules ?? before.Modules };
        if (!await ApiStore.Update(session, after))
            return Taken();

        await log.Append(session, actor, after.CompanyId, Module, "api.edit", after.Key, new { before = Describe(before), after = Describe(after) });
        await changes.ForNodes(session, ChangeKind.Api, after.Key, after.CompanyId);
        return after;
    });

    /// <summary>Deletes an API with its secrets: it hears of no more revocations, and nobody gets tokens for it.</summary>
    public Task<Outcome<Api>> Delete(Actor actor, string keyOrName) => database.Write<Api>(async session =>
    {
        if (!(await Find(session, actor, keyOrName, recent: true)).TryGet(out var api, out var refusal))
            return refusal;

        await ApiStore.Delete(session, api.Key);
        await log.Append(session, actor, api.CompanyId, Module, "api.delete", api.Key, Describe(api));
        await changes.ForNodes(session, ChangeKind.Api, api.Key, api.CompanyId);
        return api;
    });

    /// <summary>Makes a further secret for an API.</summary>
    public Task<Outcome<CreatedApi>> AddSecret(Actor actor, string keyOrName) => database.Write<CreatedApi>(async session =>
    {
        if (!(await Find(session, actor, keyOrName, recent: true)).TryGet(out var api, out var refusal))
            return refusal;

        var secret = await secrets.InsertForApi(session, api.Key, "");
        await log.Append(session, actor, api.CompanyId, Module, "api_secret.add", api.Key, new { api.Name, secret = secret.Stored.Id, secret.Stored.Hint });
        await changes.ForNodes(session, ChangeKind.Secret, api.Key, api.CompanyId);
        return new CreatedApi(api, secret.Clear);
    });

    /// <param name="hint">The last four characters of the secret, or its id.</param>
    public Task<Outcome<Api>> RevokeSecret(Actor actor, string keyOrName, string hint) => database.Write<Api>(async session =>
    {
        if (!(await Find(session, actor, keyOrName, recent: true)).TryGet(out var api, out var refusal))
            return refusal;

        var meant = (await SecretStore.OfApis.Of(session, api.Key)).Where(secret => secret.RevokedAt is null && (secret.Hint == hint || secret.Id.ToString() == hint)).ToArray();
        if (meant.Length != 1 || !await SecretStore.OfApis.Revoke(session, api.Key, meant[0].Id, time.GetUtcNow()))
            return Refused.NotFound($"The API \"{api.Name}\" has no single live secret \"{hint}\".");

        await log.Append(session, actor, api.CompanyId, Module, "api_secret.revoke", api.Key, new { api.Name, secret = meant[0].Id, meant[0].Hint });
        await changes.ForNodes(session, ChangeKind.Secret, api.Key, api.CompanyId);
        return api;
    });

    private async Task<Outcome<Api>> Find(Session session, Actor actor, string keyOrName, bool recent = false, bool see = false)
    {
        var api = await ApiStore.Find(session, keyOrName);
        var missing = Refused.NotFound($"There is no API \"{keyOrName}\".");
        var (owner, now) = (await OwnerOf(session, api), time.GetUtcNow());
        var notAllowed = see ? await Rights.WhyNotSee(session, actor, owner, missing, now) : await Rights.WhyNot(session, actor, owner, missing, now, recent);
        if (notAllowed is not null)
            return notAllowed;

        return api is null ? missing : api;
    }

    // One that is open to all companies belongs to the only company, where there is only one.
    private static async Task<Guid?> OwnerOf(Session session, Api? api) =>
        api is null ? null : api.CompanyId ?? ((await CompanyLookup.Find(session, null)).TryGet(out var only, out _) ? only.Id : null);

    private async Task<ApiDetails> Describe(Session session, Api api, Actor actor)
    {
        var own = await Rights.WhyNotSee(session, actor, await OwnerOf(session, api), missingCompany, time.GetUtcNow()) is null;
        return new ApiDetails(
            api,
            own ? [.. (await SecretStore.OfApis.Of(session, api.Key)).OrderByDescending(secret => secret.CreatedAt)] : [],
            own ? [.. listeners.Now.Where(listener => listener.Api == api.Key).OrderBy(listener => listener.Since)] : [],
            own);
    }

    private Outcome<string> Read(string? name, string? audience, IReadOnlyList<string> modules)
    {
        var (text, whyNot) = DisplayText.Read("The name", name, DisplayText.LongestName, required: true);
        if (text is null)
            return Refused.Invalid(whyNot!);
        if (!IsAudience(audience))
            return Refused.Invalid("The audience is an absolute address without a fragment, for example https://api.example.com.");

        return modules.FirstOrDefault(module => !catalogue.KnowsModule(module)) is { } unknown ? Refused.Invalid($"There is no module \"{unknown}\"; see: module list.") : text;
    }

    // RFC 8707 s2: an absolute URI without a fragment.
    private static bool IsAudience(string? audience) =>
        audience is { Length: > 0 and <= 500 } && Uri.TryCreate(audience, UriKind.Absolute, out var uri) && !audience.Contains('#', StringComparison.Ordinal)
        && !audience.AsSpan().ContainsAnyExceptInRange('!', '~') && !uri.IsFile;

    private static object Describe(Api api) => new { api.Name, api.Audience, api.Modules };

    private static Refusal Taken() => Refused.Conflict("There is an API with that name or audience already.");
}
