using ApiConnections.ResourceServer;

namespace ApiConnections.Samples.Maintenance;

internal static class WorkOrderEndpoints
{
    public static void Map(WebApplication app)
    {
        var group = app.MapGroup("/work_orders");
        group.MapGet("/", List).RequireScope("tasks:view");
        group.MapGet("/{id:int}", Get).RequireScope("tasks:view");
        group.MapPost("/", Add).RequireScope("tasks:add");
        group.MapPatch("/{id:int}", Edit).RequireScope("tasks:edit");
    }

    // The company comes from the token and from nowhere else: that is what keeps companies apart.
    private static IResult List(HttpContext http, WorkOrders orders) => Paging.Answer(http.Request, orders.Of(http.GetAccessToken().Company));

    private static IResult Get(int id, HttpContext http, WorkOrders orders) =>
        orders.Find(http.GetAccessToken().Company, id) is { } order ? Envelope.One(order) : NotFound(id);

    private static async Task<IResult> Add(HttpContext http, WorkOrders orders)
    {
        var (input, refusal) = await WorkOrderInput.Read(http.Request, isNew: true);
        if (input is null)
            return refusal!;

        if (orders.Add(http.GetAccessToken().Company, input) is not { } added)
            return Envelope.Refuse(409, $"This sample keeps at most {WorkOrders.Most} work orders.");

        http.Response.Headers.Location = "/work_orders/" + added.Id;
        return Envelope.One(added, 201);
    }

    private static async Task<IResult> Edit(int id, HttpContext http, WorkOrders orders)
    {
        var (input, refusal) = await WorkOrderInput.Read(http.Request, isNew: false);
        if (input is null)
            return refusal!;

        return orders.Edit(http.GetAccessToken().Company, id, input) is { } edited ? Envelope.One(edited) : NotFound(id);
    }

    private static IResult NotFound(int id) => Envelope.Refuse(404, $"There is no work order {id}.");
}
