using ApiConnections.Protocol;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>What the address of a list says; what it says wrong it does not say.</summary>
internal static class ConsumerAddress
{
    public static ConsumerQuery Read(string? search, string? name, string? key, string? grant, string? group, string? status, string? sort, bool descending) => new()
    {
        Search = search ?? "",
        Name = name ?? "",
        Key = key ?? "",
        Grant = grant switch { GrantTypes.ClientCredentials => GrantType.ClientCredentials, GrantTypes.AuthorizationCode => GrantType.AuthorizationCode, _ => null },
        Group = Guid.TryParse(group, out var id) ? id : null,
        Status = status switch { "active" => ConsumerStatus.Active, "disabled" => ConsumerStatus.Disabled, _ => null },
        Sort = sort switch
        {
            "key" => ConsumerColumn.Key,
            "grant" => ConsumerColumn.Grant,
            "group" => ConsumerColumn.Group,
            "last" => ConsumerColumn.LastAccessed,
            "status" => ConsumerColumn.Status,
            "created" => ConsumerColumn.Created,
            _ => ConsumerColumn.Name,
        },
        Descending = descending,
    };

    public static ConsumerQuery Read(IQueryCollection query) => Read(query["q"], query["name"], query["key"], query["grant"], query["group"], query["status"], query["sort"], AddressText.Flag(query["desc"]) == true);
}
