using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>Which texts say what a person is.</summary>
internal static class PersonWords
{
    public static string Of(UserRole role) => $"people.role_{UserStore.RoleText(role)}";

    /// <summary>What the role allows.</summary>
    public static string About(UserRole role) => $"people.about_{UserStore.RoleText(role)}";

    public static string Of(UserStatus status) => $"people.status_{UserStore.StatusText(status)}";
}
