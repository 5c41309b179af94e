using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

internal static class LogRoom
{
    public const string List = "/settings/log";

    public static Room Room { get; } = new("Settings/TransactionsLog")
    {
        Services = services => services.AddSingleton<LogVerification>().AddSingleton<LogExport>().AddSingleton<LogLists>(),
        Commands = run => [LogCommand(run)],
        Menu = new MenuEntry(45, "log.title", List, "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3"),
    };

    private static Command LogCommand(CommandRunner run)
    {
        var heads = new Option<string?>("--head") { Description = "A file made earlier by: log export --head. A tail cut since then is found with it." };
        var company = new Option<string?>("--company") { Description = "Only this company's chain; all chains by default." };
        var onlyHeads = new Option<bool>("--head") { Description = "Only the ends of the chains; keep them where nobody of this installation can write." };
        return new Command("log", "The transactions log: who changed what, when and from where.")
        {
            run.On(
                new Command("verify", "Run the chains and say how far they hold.") { heads },
                async call => await Verify(call, call.Get(heads)),
                verdicts => new View(
                    verdicts.Select(verdict => new { chain = NameOf(verdict.Chain), holds_to = verdict.HoldsTo, ok = true }),
                    verdicts.Select(verdict => $"{NameOf(verdict.Chain)}: {verdict.HoldsTo} records, all in order."))),
            run.Streaming(
                new Command("export", "Print the records as JSON lines.") { company, onlyHeads },
                call => call.Service<LogExport>().Lines(call.Get(company), call.Get(onlyHeads), call.Out)),
        };
    }

    private static async Task<Outcome<IReadOnlyList<ChainVerdict>>> Verify(CommandCall call, string? headsFile)
    {
        IReadOnlyList<LogHead> exported = [];
        if (headsFile is not null && !LogExport.ReadHeads(headsFile).TryGet(out exported!, out var refusal))
            return refusal;

        var verdicts = await call.Service<LogVerification>().Verify(exported, (chain, number) =>
        {
            if (number >= 100_000)
                call.Error.WriteLine($"{NameOf(chain)}: {number} records so far");
        });
        var faults = verdicts.Where(verdict => verdict.Fault is not null).ToArray();
        return faults.Length == 0
            ? Outcome.Of(verdicts)
            : Refused.Conflict(string.Join(Environment.NewLine, faults.Select(fault => $"{NameOf(fault.Chain)}: holds to record {fault.HoldsTo}; {fault.Fault}")));
    }

    private static string NameOf(Guid chain) => chain == AuditLog.InstallationChain ? "installation" : chain.ToString();
}
