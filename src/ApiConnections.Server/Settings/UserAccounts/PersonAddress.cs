using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>What the address of the list says; what it says wrong it does not say.</summary>
internal static class PersonAddress
{
    public const string Never = "never";
    public const string Long = "long";
    public const string None = "none";

    /// <summary>How long somebody was away that people ask about.</summary>
    private static readonly TimeSpan longAway = TimeSpan.FromDays(90);

    public static PersonQuery Read(Func<string, string?> of, DateTimeOffset now) => new()
    {
        Search = of("q") ?? "",
        Name = of("name") ?? "",
        Email = of("email") ?? "",
        Role = UserStore.ReadRole(of("role")),
        Group = Guid.TryParse(of("group"), out var id) ? id : null,
        NoGroup = of("group") == None,
        Status = of("status") switch { "active" => UserStatus.Active, "disabled" => UserStatus.Disabled, "invited" => UserStatus.Invited, _ => null },
        NeverSignedIn = of("seen") == Never,
        AwaySince = of("seen") == Long ? now - longAway : null,
        SecondFactor = of("factor") switch { "yes" => true, "no" => false, _ => null },
        Sort = of("sort") switch
        {
            "email" => PersonColumn.Email,
            "role" => PersonColumn.Role,
            "group" => PersonColumn.Group,
            "status" => PersonColumn.Status,
            "seen" => PersonColumn.LastSignedIn,
            "factor" => PersonColumn.SecondFactor,
            _ => PersonColumn.Name,
        },
        Descending = AddressText.Flag(of("desc")) == true,
    };
}
