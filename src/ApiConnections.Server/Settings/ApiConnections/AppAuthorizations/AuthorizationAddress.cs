using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;

/// <summary>What the address of the list says; what it says wrong it does not say.</summary>
internal static class AuthorizationAddress
{
    public const string Never = "never";
    public const string Long = "long";

    /// <summary>How long an authorization was not used that people ask about.</summary>
    public static readonly TimeSpan LongUnused = TimeSpan.FromDays(90);

    public static AuthorizationQuery Read(string? search, string? name, string? person, string? consumer, string? grant, string? used, string? status, string? sort, bool? descending, DateTimeOffset now) => new()
    {
        Search = search ?? "",
        App = name ?? "",
        Person = person ?? "",
        Consumer = consumer is { Length: > 0 } ? DisplayText.Search(consumer) : null,
        Grant = grant switch { GrantTypes.ClientCredentials => GrantType.ClientCredentials, GrantTypes.AuthorizationCode => GrantType.AuthorizationCode, _ => null },
        NeverUsed = used == Never,
        UnusedSince = used == Long ? now - LongUnused : null,
        Live = status switch { "revoked" => false, "all" => null, _ => true },
        Sort = sort switch
        {
            "name" => AuthorizationColumn.App,
            "person" => AuthorizationColumn.Person,
            "last" => AuthorizationColumn.LastAccessed,
            "grant" => AuthorizationColumn.Grant,
            "status" => AuthorizationColumn.Status,
            _ => AuthorizationColumn.Since,
        },
        // The newest come first, names in their order.
        Descending = descending ?? sort is null or "since",
    };
}
