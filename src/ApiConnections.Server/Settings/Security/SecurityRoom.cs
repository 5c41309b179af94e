using System.CommandLine;
using System.Globalization;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.Security;

internal static class SecurityRoom
{
    public const string Page = "/settings/security";

    public static Room Room { get; } = new("Settings/Security")
    {
        Services = services => services.AddSingleton<SecurityPolicies>().AddSingleton<SigningKeys>().AddSingleton<Resealing>(),
        Commands = run => [SecurityCommands.Security(run), KeysCommand(run)],
        Menu = new MenuEntry(40, "security.title", Page, "M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6zM9 12l2 2 4-4"),
    };

    private static Command KeysCommand(CommandRunner run)
    {
        var compromised = new Option<bool>("--compromised") { Description = "Somebody may have a copy: withdraw all keys at once and sign with a new one." };
        var newKey = new Option<string?>("--new-key-file") { Description = "A file with the new key-encryption key; on SQLite one is made when it is left out." };
        return new Command("keys", "The keys that tokens are signed with, and the key that they are sealed with.")
        {
            run.On(new Command("list", "List the signing keys."), call => call.Service<SigningKeys>().List(), keys => View.Table(
                keys, Json, ["KID", "STATE", "ANNOUNCED", "SIGNS FROM", "DELETED AT"], key => [key.Key.Public.KeyId, key.State, Time(key.Key.AnnouncedAt), Time(key.Key.SignsFrom), Time(key.Key.DeletesAt)])),
            run.On(
                new Command("rotate", "Announce a new signing key; it signs after the announcement time.") { compromised },
                call => call.Get(compromised) ? call.Service<SigningKeys>().ReplaceCompromised(CommandCall.Actor) : call.Service<SigningKeys>().Rotate(CommandCall.Actor),
                key => new View(new { kid = key.Public.KeyId, key.AnnouncedAt, key.SignsFrom }, $"Key {key.Public.KeyId} signs from {Time(key.SignsFrom)}.")),
            run.On(
                new Command("reseal", "Change the key-encryption key.") { newKey },
                call => call.Service<Resealing>().Reseal(CommandCall.Actor, call.Get(newKey)),
                resealed => new View(new { sealed_anew = resealed.Count, key_encryption_key = resealed.KeyId }, $"{resealed.Count} keys sealed anew with {resealed.KeyId}.", resealed.Next)),
        };
    }

    private static object Json(ListedKey listed) => new { kid = listed.Key.Public.KeyId, listed.State, listed.Key.AnnouncedAt, listed.Key.SignsFrom, listed.Key.RetiredAt, listed.Key.DeletesAt };

    private static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";
}
