using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Security;

/// <summary>What to change of a policy; null leaves it as it is.</summary>
internal sealed record SecurityEdit
{
    public int? PasswordLength { get; init; }

    /// <summary>0 for never.</summary>
    public int? PasswordMonths { get; init; }

    /// <summary>All of them, one on each line.</summary>
    public string? KnownPasswords { get; init; }

    public int? LockOutAttempts { get; init; }

    /// <summary>0 for a wait that grows.</summary>
    public int? LockOutMinutes { get; init; }

    public int? IdleMinutes { get; init; }

    public int? SessionHours { get; init; }

    public SecondFactorFor? SecondFactor { get; init; }

    public SecurityPolicy Apply(SecurityPolicy policy) => policy with
    {
        PasswordLength = PasswordLength ?? policy.PasswordLength,
        PasswordMonths = PasswordMonths is { } months ? OrNone(months) : policy.PasswordMonths,
        KnownPasswords = KnownPasswords is { } typed ? SecurityPolicy.ReadKnownPasswords(typed) : policy.KnownPasswords,
        LockOutAttempts = LockOutAttempts ?? policy.LockOutAttempts,
        LockOutMinutes = LockOutMinutes is { } minutes ? OrNone(minutes) : policy.LockOutMinutes,
        IdleMinutes = IdleMinutes ?? policy.IdleMinutes,
        SessionHours = SessionHours ?? policy.SessionHours,
        SecondFactor = SecondFactor ?? policy.SecondFactor,
    };

    private static int? OrNone(int number) => number == 0 ? null : number;
}

/// <summary>The policy of a company.</summary>
/// <param name="Version">Grows with every edit, so that of two administrators the second is told.</param>
/// <param name="WithoutSecondFactor">How many active people of it have none.</param>
internal sealed record CompanyPolicy(Company Company, SecurityPolicy Policy, long Version, long WithoutSecondFactor);

/// <summary>How the people of a company sign in: passwords, waits after failures, sessions, second factor. In force at the next sign-in and the next request, on every node.</summary>
internal sealed class SecurityPolicies(IDatabase database, AuditLog log, TimeProvider time)
{
    public const string Module = "security";

    private static readonly Refusal missingCompany = Refused.NotFound("There is no such company.");

    public Task<Outcome<CompanyPolicy>> Show(Actor actor, string? companyName) => database.Read<Outcome<CompanyPolicy>>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;

        return await Rights.WhyNotSee(session, actor, company.Id, missingCompany, time.GetUtcNow()) is { } notAllowed ? notAllowed : await Look(session, company);
    });

    /// <summary>A stricter policy holds for the sessions that there are too; who has to have a second factor or another password is told at the next sign-in.</summary>
    /// <param name="version">That of the policy that was edited; null for whichever there is.</param>
    public Task<Outcome<CompanyPolicy>> Edit(Actor actor, string? companyName, SecurityEdit edit, long? version) => database.Write<CompanyPolicy>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var named, out var refusal))
            return refusal;
        if (await Rights.WhyNot(session, actor, named.Id, missingCompany, time.GetUtcNow(), recent: true) is { } notAllowed)
            return notAllowed;

        var company = (await CompanyStore.FindAndHold(session, named.Id))!;
        var (before, current) = await SecurityPolicyStore.Find(session, company.Id);
        if (version is not null && version != current)
            return Refused.ChangedMeanwhile;

        var after = edit.Apply(before);
        if (after.Problems().Select(problem => problem.WhyNot).FirstOrDefault() is { } whyNot)
            return Refused.Invalid(whyNot);

        var (added, removed) = (after.KnownPasswords.Except(before.KnownPasswords).Count(), before.KnownPasswords.Except(after.KnownPasswords).Count());
        if (Same(before, after) && added + removed == 0)
            return Refused.Conflict("Everything is like that already; nothing has changed.");
        if (!await SecurityPolicyStore.Update(session, company.Id, after, current))
            return Refused.ChangedMeanwhile;

        await log.Append(session, actor, company.Id, Module, "security_policy.edit", company.Id.ToString(), new { before = Describe(before), after = Describe(after), known_passwords_added = added, known_passwords_removed = removed });
        return await Look(session, company);
    });

    private static async Task<CompanyPolicy> Look(Session session, Company company)
    {
        var (policy, version) = await SecurityPolicyStore.Find(session, company.Id);
        return new CompanyPolicy(company, policy, version, await CredentialStore.WithoutSecondFactor(session, company.Id));
    }

    private static bool Same(SecurityPolicy one, SecurityPolicy other) => one with { KnownPasswords = other.KnownPasswords } == other;

    // Of the list of passwords only how many there are: what somebody has chosen stands in no log.
    private static object Describe(SecurityPolicy policy) => new
    {
        policy.PasswordLength,
        password_months = policy.PasswordMonths ?? 0,
        known_passwords = policy.KnownPasswords.Count,
        policy.LockOutAttempts,
        lock_out_minutes = policy.LockOutMinutes ?? 0,
        policy.IdleMinutes,
        policy.SessionHours,
        second_factor = policy.SecondFactor.Word(),
    };
}
