using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

internal static class LogCommands
{
    private const long SaidEvery = 100_000;

    public static Command Log(CommandRunner run) => new("log", "The transactions log: who changed what, when and from where.")
    {
        Verify(run),
        Export(run),
    };

    private static Command Verify(CommandRunner run)
    {
        var heads = new Option<string?>("--head") { Description = "A file made earlier by: log export --head. A tail cut since then is found with it." };
        return run.On(
            new Command("verify", "Run the chains and say how far they hold.") { heads },
            async call => await Verified(call, call.Get(heads)),
            verdicts => new View(
                verdicts.Select(verdict => new { chain = NameOf(verdict.Chain), holds_to = verdict.HoldsTo, ok = true }),
                verdicts.Select(verdict => $"{NameOf(verdict.Chain)}: {verdict.HoldsTo} records, all in order.")));
    }

    private static Command Export(CommandRunner run)
    {
        var company = new Option<string?>("--company") { Description = "Only this company's chain; all chains by default." };
        var onlyHeads = new Option<bool>("--head") { Description = "Only the ends of the chains; keep them where nobody of this installation can write." };
        var csv = new Option<bool>("--csv") { Description = "One company's records as comma-separated values, the newest first." };
        var actor = new Option<string?>("--actor") { Description = "Only what this person or consumer did, the newest first; so with the filters below." };
        var ip = new Option<string?>("--ip") { Description = "Only what came from this address." };
        var module = new Option<string?>("--module") { Description = "Only this module, for example user_accounts." };
        var action = new Option<string?>("--action") { Description = "Only this action, for example consumer.create." };
        var subject = new Option<string?>("--subject") { Description = "Only what became of this key or id." };
        var text = new Option<string?>("--text") { Description = "Only where this stands in what was changed." };
        var from = new Option<DateTimeOffset?>("--from") { Description = "From this time on, for example 2026-11-27T00:00:00Z." };
        var to = new Option<DateTimeOffset?>("--to") { Description = "Before this time." };
        Option[] narrowing = [actor, ip, module, action, subject, text, from, to];
        return run.Streaming(
            new Command("export", "Print the records as JSON lines, or as CSV.") { company, onlyHeads, csv, actor, ip, module, action, subject, text, from, to },
            call => call.Get(csv) || call.HasAny(narrowing)
                ? call.Service<LogExport>().Records(
                    CommandCall.Actor,
                    call.Get(company),
                    new LogQuery
                    {
                        Actor = call.Get(actor) ?? "",
                        Ip = call.Get(ip) ?? "",
                        Module = call.Get(module) ?? "",
                        Action = call.Get(action) ?? "",
                        Subject = call.Get(subject) ?? "",
                        Text = call.Get(text) ?? "",
                        From = call.Get(from),
                        To = call.Get(to),
                    },
                    call.Get(csv) ? LogFormat.Csv : LogFormat.JsonLines,
                    ["number", "time", "actor", "address", "module", "action", "subject", "changed"],
                    () => Task.FromResult(call.Out))
                : call.Service<LogExport>().Lines(call.Get(company), call.Get(onlyHeads), call.Out));
    }

    private static async Task<Outcome<IReadOnlyList<ChainVerdict>>> Verified(CommandCall call, string? headsFile)
    {
        IReadOnlyList<LogHead> exported = [];
        if (headsFile is not null && !LogExport.ReadHeads(headsFile).TryGet(out exported!, out var refusal))
            return refusal;

        var verdicts = await call.Service<LogVerification>().Verify(exported, so =>
        {
            if (so.Number % SaidEvery == 0)
                call.Error.WriteLine($"{NameOf(so.Chain)}: {so.Number} of {so.Total} records so far");
        });
        var faults = verdicts.Where(verdict => verdict.Fault is not null).ToArray();
        return faults.Length == 0
            ? Outcome.Of(verdicts)
            : Access.Refused.Conflict(string.Join(Environment.NewLine, faults.Select(fault => $"{NameOf(fault.Chain)}: holds to record {fault.HoldsTo}; {fault.Fault}")));
    }

    private static string NameOf(Guid chain) => chain == AuditLog.InstallationChain ? "installation" : chain.ToString();
}
