using System.Text.Json.Serialization;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The columns that hold JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConsumerOptions))]
[JsonSerializable(typeof(SecurityPolicy))]
[JsonSerializable(typeof(IReadOnlyList<HostLink>))]
internal sealed partial class StoredJson : JsonSerializerContext;
