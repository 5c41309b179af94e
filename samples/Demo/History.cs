using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ApiConnections.Samples.Demo;

/// <summary>What the company of the demo has done before today: <c>history.json</c>. Times are ages: <c>12d</c> is twelve days ago, <c>-9d</c> in nine days.</summary>
internal sealed record History(
    Age Began, IReadOnlyList<PastGroup> Groups, IReadOnlyList<PastPerson> People, IReadOnlyList<PastApi> Apis, IReadOnlyList<PastConsumer> Consumers, IReadOnlyList<PastRefusal> Refusals)
{
    private static readonly JsonSerializerOptions format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    public static History Read()
    {
        using var file = typeof(History).Assembly.GetManifestResourceStream("history.json")!;
        return JsonSerializer.Deserialize<History>(file, format)!;
    }
}

internal sealed record PastGroup(string Name, string Description, string Scopes, bool ReadOnly, Age Made);

internal sealed record PastPerson(string Email, string Name, string Role, string Group, Age Made, string Address, string Device, Age? Disabled);

internal sealed record PastApi(string Name, string Audience, IReadOnlyList<string> Modules, Age Made);

/// <param name="Callbacks">Null for a program without a user.</param>
/// <param name="Used">When a program was last used; null: never.</param>
/// <param name="Every">How often it asks for a token.</param>
/// <param name="Networks">Where its requests may come from; null: anywhere.</param>
/// <param name="Revoked">When its standing permission was taken away.</param>
internal sealed record PastConsumer(
    string Name,
    string Description,
    string Group,
    Age Made,
    Age? Used,
    Age? Every,
    string? Address,
    string? Agent,
    IReadOnlyList<string>? Networks,
    IReadOnlyList<PastSecret>? Secrets,
    IReadOnlyList<string>? Callbacks,
    bool Public,
    string? Url,
    string? Privacy,
    Age? Disabled,
    Age? Revoked,
    string? Reason);

/// <summary>A secret beside the first one.</summary>
internal sealed record PastSecret(string Label, Age Made, Age? Ends, Age? OthersEndAfter);

/// <summary>Requests that were refused.</summary>
/// <param name="What">A name of <see cref="RefusedRequests"/>.</param>
/// <param name="Address">Null: where the consumer asks from.</param>
/// <param name="Api">Which protected API refused it; null: the server.</param>
/// <param name="Needed">The permission that it asked for.</param>
internal sealed record PastRefusal(string Consumer, string What, IReadOnlyList<Age> Ages, string? Address, string? Api, string? Needed);

/// <summary>How long ago something was.</summary>
[JsonConverter(typeof(AgeConverter))]
internal readonly record struct Age(TimeSpan Ago);

internal sealed class AgeConverter : JsonConverter<Age>
{
    public override Age Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString()!;
        var number = int.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
        return new Age(text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => throw new JsonException($"\"{text}\" is no age, such as 12d."),
        });
    }

    public override void Write(Utf8JsonWriter writer, Age value, JsonSerializerOptions options) => throw new NotSupportedException();
}
