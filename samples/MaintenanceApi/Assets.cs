using System.Globalization;

namespace ApiConnections.Samples.Maintenance;

/// <summary>Something that is maintained.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Code">Its code on the label.</param>
/// <param name="Description">What it is.</param>
/// <param name="ItemType">1 location, 2 equipment, 3 tool, 4 spare part, 5 digital.</param>
/// <param name="Serial">The maker's serial number; locations have none.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Active">False where it is out of use.</param>
internal sealed record Asset(int Id, string Code, string Description, int ItemType, string? Serial, string Location, bool Active);

/// <summary>500 assets, the same at every start.</summary>
internal static class Assets
{
    private static readonly string[] locations = ["North plant", "South plant", "Warehouse 1", "Warehouse 2", "Pump house"];

    private static readonly (string Prefix, int Type, string[] Names)[] kinds =
    [
        ("EQ", 2, ["Centrifugal pump", "Air compressor", "Conveyor belt", "Electric motor", "Heat exchanger", "Forklift"]),
        ("LO", 1, ["Production line", "Boiler room", "Loading dock"]),
        ("TO", 3, ["Torque wrench", "Thermal camera", "Vibration meter"]),
        ("SP", 4, ["Ball bearing", "Shaft seal", "Oil filter", "V-belt"]),
        ("DI", 5, ["Control program", "Floor plan"]),
    ];

    public static IReadOnlyList<Asset> All { get; } = [.. Enumerable.Range(1, 500).Select(Make)];

    private static Asset Make(int id)
    {
        var (prefix, type, names) = kinds[id % 2 == 1 ? 0 : id / 2 % kinds.Length];
        var number = id.ToString("D4", CultureInfo.InvariantCulture);
        return new Asset(id, $"{prefix}-{number}", $"{names[id / 2 % names.Length]} {id}", type, type == 1 ? null : $"SN{id * 7919 % 1_000_000:D6}", locations[id % locations.Length], id % 25 != 0);
    }
}
