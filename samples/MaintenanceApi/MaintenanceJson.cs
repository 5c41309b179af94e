using System.Text.Json.Serialization;

namespace ApiConnections.Samples.Maintenance;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(Envelope<WorkOrder>))]
[JsonSerializable(typeof(Envelope<Asset>))]
[JsonSerializable(typeof(RefusedEnvelope))]
[JsonSerializable(typeof(WhoAmI))]
[JsonSerializable(typeof(WorkOrderInput))]
internal sealed partial class MaintenanceJson : JsonSerializerContext;
