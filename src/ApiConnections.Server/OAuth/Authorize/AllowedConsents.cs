using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>What a person allowed on the page.</summary>
/// <param name="Ticked">The scopes that they kept.</param>
/// <param name="Code">What the app gets, once it is decided.</param>
internal sealed record AllowedConsent(Actor Actor, AuthorizationRequest Pending, AskingApp App, CheckedRequest Request, ScopeSet Ticked, NewCode Code)
{
    public (string Consumer, Guid User) Asked => (Pending.Consumer, Pending.UserId);
}

/// <summary>
/// Allows what was ticked of what the page showed; the rest of it is declined. Those that come at the same time share one reading and one
/// transaction, since all of a company go through one chain of the transactions log; each is decided by its own rows.
/// </summary>
internal sealed class AllowedConsents : IAsyncDisposable
{
    private readonly IDatabase database;
    private readonly Consents consents;
    private readonly Authorizations authorizations;
    private readonly AuthorizationCodes codes;
    private readonly ModuleCatalogue catalogue;
    private readonly AuditLog log;
    private readonly TimeProvider time;
    private readonly GroupCommit<AllowedConsent, Outcome<TokenValue>> together;

    public AllowedConsents(IDatabase database, Consents consents, Authorizations authorizations, AuthorizationCodes codes, ModuleCatalogue catalogue, AuditLog log, Instruments instruments, TimeProvider time)
    {
        (this.database, this.consents, this.authorizations, this.codes, this.catalogue, this.log, this.time) = (database.Grouped, consents, authorizations, codes, catalogue, log, time);
        together = new(Allow);
        instruments.Queue("consent", () => together.Length);
    }

    /// <summary>The code for the app: committed when this returns.</summary>
    public Task<Outcome<TokenValue>> Allow(Actor actor, AuthorizationRequest pending, AskingApp app, CheckedRequest request, ScopeSet ticked) =>
        together.Add(new AllowedConsent(actor, pending, app, request, ticked, codes.New()));

    public ValueTask DisposeAsync() => together.DisposeAsync();

    private async Task<IReadOnlyList<Outcome<TokenValue>>> Allow(IReadOnlyList<AllowedConsent> asked)
    {
        var outcome = await database.Write(async session =>
        {
            var standings = await Standing.Read(session, [.. asked.Select(allowed => allowed.Asked).Distinct()], catalogue);
            var trials = await Standing.OpenTrials(session, asked.Select(allowed => allowed.App), time);
            var decided = asked.Select(allowed => Decide(allowed, standings.GetValueOrDefault(allowed.Asked), trials)).ToArray();
            var issued = await Answer(session, [.. decided.Select(decision => decision.TryGet(out var consent, out _) ? consent : null).OfType<DecidedConsent>()]);
            return Outcome.Of<IReadOnlyList<Outcome<TokenValue>>>([.. decided.Select(decision => Answered(decision, issued))]);
        });
        return outcome.TryGet(out var answers, out _) ? answers : [];
    }

    private Outcome<DecidedConsent> Decide(AllowedConsent allowed, Standing? now, IReadOnlySet<Guid> trials)
    {
        if (now is null || !now.Takes(allowed.App, trials))
            return Consents.Gone;
        if (!consents.Offer(now, allowed.Request).TryGet(out var offered, out var refusal))
            return refusal;
        if (ShownConsent.Of(offered, now.Consumer).App != allowed.Pending.Shown.App)
            return Consents.Changed;

        var asked = offered.Intersect(allowed.Pending.Shown.Offered);
        var granted = asked.Intersect(allowed.Ticked.Union(now.Consumer.RequiredScopes));
        if (granted.IsEmpty)
            return asked.IsEmpty ? Consents.Changed : Consents.NothingKept;

        return new DecidedConsent(allowed, now, granted, asked.Except(granted));
    }

    /// <returns>The codes that were issued.</returns>
    private async Task<IReadOnlySet<Guid>> Answer(Session session, IReadOnlyList<DecidedConsent> decided)
    {
        if (decided.Count == 0)
            return new HashSet<Guid>();

        // Requests first: what was answered before grants nothing.
        var answered = await AuthorizationRequestStore.Allow(session, [.. decided.Select(consent => (consent.Allowed.Pending.Id, consent.Allowed.Code.Locator))], time.GetUtcNow());
        IReadOnlyList<DecidedConsent> open = [.. decided.Where(consent => answered.Contains(consent.Allowed.Code.Locator))];
        if (open.Count > 0)
            await Grant(session, open);
        if (open.Count == decided.Count)
            return answered;

        // A commit whose answer was lost has answered some of the others with our own codes.
        var before = await AuthorizationRequestStore.CodesOf(session, [.. decided.Except(open).Select(consent => consent.Allowed.Pending.Id).Distinct()]);
        return answered.Union(before).ToHashSet();
    }

    private async Task Grant(Session session, IReadOnlyList<DecidedConsent> open)
    {
        var live = await authorizations.Grant(session, [.. open.Select(consent => new GivenConsent(consent.Now.Consumer, consent.Now.User, consent.Granted, consent.Declined))]);
        await codes.Issue(session, [.. open.Zip(live, (consent, authorization) => new CodeToIssue(
            consent.Allowed.Code, authorization, consent.Now.Generations, Consents.Binding(consent.Allowed.App, consent.Allowed.Request, consent.Granted)))]);
        await log.Append(session, [.. open.Zip(live, Record)]);
    }

    private static NewRecord Record(DecidedConsent consent, Authorization authorization) => new(
        consent.Allowed.Actor,
        authorization.CompanyId,
        "api_connections",
        "authorization.grant",
        authorization.Id.ToString(),
        new
        {
            app = consent.Now.Consumer.Name,
            consumer = consent.Now.Consumer.Key,
            scope = consent.Granted.ToString(),
            declined = authorization.Declined.ToString(),
            redirect_host = consent.Allowed.App.RedirectUri.Host,
        });

    private static Outcome<TokenValue> Answered(Outcome<DecidedConsent> decision, IReadOnlySet<Guid> issued)
    {
        if (!decision.TryGet(out var consent, out var refusal))
            return refusal;

        return issued.Contains(consent.Allowed.Code.Locator) ? consent.Allowed.Code.Value : Consents.Closed;
    }

    /// <summary>What the rows say may be granted of it.</summary>
    private sealed record DecidedConsent(AllowedConsent Allowed, Standing Now, ScopeSet Granted, ScopeSet Declined);
}
