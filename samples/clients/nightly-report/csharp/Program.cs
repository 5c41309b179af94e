using ApiConnections.Samples.NightlyReport;

try
{
    // The handler bounds each attempt: waiting as long as a server asks for is no time-out.
    using var http = new HttpClient(new PatientHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    var tokens = new AccessTokens(http, Setting("API_CONNECTIONS_ISSUER"), Setting("API_CONNECTIONS_KEY"), Setting("API_CONNECTIONS_SECRET"));
    var orders = await new MaintenanceClient(http, tokens, Setting("MAINTENANCE_API")).WorkOrders();
    Report(orders);
    return 0;
}
catch (FailureException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}

static string Setting(string name) =>
    Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new FailureException($"{name} is not set.");

// Counts the work orders per status and names the oldest that are still open.
static void Report(IReadOnlyList<WorkOrder> orders)
{
    var open = orders.Where(order => order.Status is WorkOrderStatus.InProcess or WorkOrderStatus.InReview).ToList();
    Console.WriteLine($"{orders.Count} work orders, {open.Count} of them open:");
    foreach (var status in Enum.GetValues<WorkOrderStatus>())
        Console.WriteLine($"{orders.Count(order => order.Status == status),6} {Name(status)}");

    Console.WriteLine("\nThe oldest that are open:");
    foreach (var order in open.OrderBy(order => order.CreationDate).Take(5))
        Console.WriteLine($"{order.Folio}  {order.CreationDate:yyyy-MM-dd}  {Name(order.Status),-10}  {order.Description}");
}

static string Name(WorkOrderStatus status) => status switch
{
    WorkOrderStatus.InProcess => "in process",
    WorkOrderStatus.InReview => "in review",
    WorkOrderStatus.Completed => "completed",
    _ => "cancelled",
};
