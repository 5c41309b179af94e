using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.Security;

internal static class SecurityCommands
{
    private static readonly string[] whom = [.. Enum.GetValues<SecondFactorFor>().Select(who => who.Word())];

    public static Command Security(CommandRunner run)
    {
        var company = new Option<string?>("--company") { Description = "Its name or id; may be left out where there is one company." };
        return new Command("security", "How the people of a company sign in: passwords, waits after failures, sessions, second factor.")
        {
            run.On(new Command("show", "Show what the company asks for.") { company }, call => call.Service<SecurityPolicies>().Show(CommandCall.Actor, call.Get(company)), Show),
            Edit(run, company),
        };
    }

    private static Command Edit(CommandRunner run, Option<string?> company)
    {
        var length = new Option<int?>("--password-length") { Description = "Passwords have at least so many characters: 8 to 64." };
        var months = new Option<int?>("--password-months") { Description = "People choose another password after so many months: 1 to 60, or 0 for never, which is advised." };
        var known = new Option<string?>("--known-passwords-file") { Description = "A file with passwords that nobody may choose, one on each line, in the place of those before; an empty one takes them away." };
        var attempts = new Option<int?>("--lock-out-attempts") { Description = "From so many failed sign-ins on people wait: 3 to 20." };
        var wait = new Option<int?>("--lock-out-minutes") { Description = "How long they wait: 1 to 1440, or 0 for a wait that grows from two seconds to a minute." };
        var idle = new Option<int?>("--idle-minutes") { Description = "A session ends after so many minutes without a request: 5 to 1440." };
        var hours = new Option<int?>("--session-hours") { Description = "A session ends after so many hours in any case: 1 to 168." };
        var factor = new Option<string?>("--second-factor") { Description = "Who has to have a second factor: nobody, administrators or everybody." };
        factor.AcceptOnlyFromAmong(whom);
        return run.On(
            new Command("edit", "Change what the company asks for; what is left out stays as it is.") { company, length, months, known, attempts, wait, idle, hours, factor },
            async call =>
            {
                if (!(await Read(call.Get(known))).TryGet(out var list, out var refusal))
                    return refusal;

                var edit = new SecurityEdit
                {
                    PasswordLength = call.Get(length),
                    PasswordMonths = call.Get(months),
                    KnownPasswords = call.Get(known) is null ? null : list,
                    LockOutAttempts = call.Get(attempts),
                    LockOutMinutes = call.Get(wait),
                    IdleMinutes = call.Get(idle),
                    SessionHours = call.Get(hours),
                    SecondFactor = call.Get(factor) is { } text ? Enum.Parse<SecondFactorFor>(text, ignoreCase: true) : null,
                };
                return await call.Service<SecurityPolicies>().Edit(CommandCall.Actor, call.Get(company), edit, version: null);
            },
            Show);
    }

    private static async Task<Outcome<string>> Read(string? file)
    {
        const long Largest = 1024 * 1024;
        if (file is null)
            return "";
        if (!File.Exists(file) || new FileInfo(file).Length > Largest)
            return Refused.Invalid($"{file} is no file, or larger than 1 MB.");

        return await File.ReadAllTextAsync(file);
    }

    private static View Show(CompanyPolicy shown)
    {
        var policy = shown.Policy;
        return new View(
            new
            {
                company = shown.Company.Name,
                policy.PasswordLength,
                policy.PasswordMonths,
                known_passwords = policy.KnownPasswords.Count,
                policy.LockOutAttempts,
                policy.LockOutMinutes,
                policy.IdleMinutes,
                policy.SessionHours,
                second_factor = policy.SecondFactor.Word(),
                shown.WithoutSecondFactor,
                shown.Version,
            },
            $"Password length     at least {policy.PasswordLength} characters",
            $"Password change     {(policy.PasswordMonths is { } months ? $"after {months} months" : "never asked for")}",
            $"Known passwords     {policy.KnownPasswords.Count} of the company's own, besides the built-in list",
            $"Lock-out            from {policy.LockOutAttempts} failures on, {(policy.LockOutMinutes is { } minutes ? $"for {minutes} minutes" : "from two seconds up to a minute")}",
            $"Session             {policy.IdleMinutes} minutes without a request, {policy.SessionHours} hours in all",
            $"Second factor       {policy.SecondFactor.Word()}; active people without one: {shown.WithoutSecondFactor}");
    }
}
