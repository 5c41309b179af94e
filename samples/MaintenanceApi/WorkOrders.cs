using System.Collections.Immutable;
using System.Globalization;

namespace ApiConnections.Samples.Maintenance;

/// <summary>A piece of work on an asset.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Folio">The number that people say.</param>
/// <param name="Description">What is to be done.</param>
/// <param name="AssetCode">The asset it is done on.</param>
/// <param name="OtStatus">1 in process, 2 in review, 3 completed, 4 cancelled.</param>
/// <param name="Priority">1 low to 5 urgent.</param>
/// <param name="Responsible">Who does it.</param>
/// <param name="CreationDate">When it was made.</param>
/// <param name="DueDate">When it should be done.</param>
internal sealed record WorkOrder(
    int Id, string Folio, string Description, string AssetCode, int OtStatus, int Priority, string Responsible, DateTimeOffset CreationDate, DateTimeOffset DueDate);

/// <summary>
/// Every company starts with the same 1,000 work orders and sees its own changes only. They are kept in memory: a restart forgets them.
/// </summary>
internal sealed class WorkOrders(TimeProvider clock)
{
    /// <summary>How many a company may have: the sample must not fill the memory of its machine.</summary>
    public const int Most = 10_000;

    private static readonly string[] tasks = ["Lubricate bearings", "Replace filter", "Check alignment", "Measure vibration", "Inspect belts", "Tighten bolts", "Clean heat exchanger"];
    private static readonly string[] people = ["Ana Torres", "Luis Rojas", "Marta Silva", "João Lima", "Elena Vega"];
    private static readonly DateTimeOffset epoch = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly ImmutableList<WorkOrder> atStart = [.. Enumerable.Range(1, 1000).Select(Make)];

    private readonly Dictionary<Guid, ImmutableList<WorkOrder>> changed = [];
    private readonly Lock gate = new();

    public ImmutableList<WorkOrder> Of(Guid company)
    {
        lock (gate)
            return changed.GetValueOrDefault(company, atStart);
    }

    public WorkOrder? Find(Guid company, int id) => At(Of(company), id);

    /// <summary>Null where the company has as many as it may have.</summary>
    public WorkOrder? Add(Guid company, WorkOrderInput input)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            var before = Of(company);
            if (before.Count >= Most)
                return null;

            var id = before.Count + 1;
            var order = new WorkOrder(
                id, Folio(id), input.Description!, input.AssetCode!, input.OtStatus ?? 1, input.Priority ?? 3, input.Responsible ?? "", now, input.DueDate ?? now.AddDays(7));
            changed[company] = before.Add(order);
            return order;
        }
    }

    /// <summary>Changes the fields that are given; null where there is no such work order.</summary>
    public WorkOrder? Edit(Guid company, int id, WorkOrderInput input)
    {
        lock (gate)
        {
            var before = Of(company);
            if (At(before, id) is not { } old)
                return null;

            var order = old with
            {
                Description = input.Description ?? old.Description,
                AssetCode = input.AssetCode ?? old.AssetCode,
                OtStatus = input.OtStatus ?? old.OtStatus,
                Priority = input.Priority ?? old.Priority,
                Responsible = input.Responsible ?? old.Responsible,
                DueDate = input.DueDate ?? old.DueDate,
            };
            changed[company] = before.SetItem(id - 1, order);
            return order;
        }
    }

    // Numbers are given in order and nothing is deleted.
    private static WorkOrder? At(ImmutableList<WorkOrder> all, int id) => id >= 1 && id <= all.Count ? all[id - 1] : null;

    private static WorkOrder Make(int id)
    {
        var asset = Assets.All[id * 7 % Assets.All.Count];
        var made = epoch.AddHours(id * 5);
        return new WorkOrder(
            id, Folio(id), $"{tasks[id % tasks.Length]}: {asset.Description}", asset.Code, (id % 10) switch { 0 => 4, < 5 => 3, < 7 => 2, _ => 1 },
            (id % 5) + 1, people[id % people.Length], made, made.AddDays((id % 14) + 1));
    }

    private static string Folio(int id) => "OT-" + id.ToString("D5", CultureInfo.InvariantCulture);
}
