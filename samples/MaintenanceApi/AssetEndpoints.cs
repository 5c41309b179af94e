using ApiConnections.ResourceServer;

namespace ApiConnections.Samples.Maintenance;

internal static class AssetEndpoints
{
    public static void Map(WebApplication app) => app.MapGet("/assets", (HttpRequest request) => Paging.Answer(request, Assets.All)).RequireScope("assets:view");
}
