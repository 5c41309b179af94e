using ApiConnections.Server;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Shouldly;
using Xunit;
using Assembly = System.Reflection.Assembly;

namespace ApiConnections.Tests.Architecture;

/// <summary>What may know what: downwards only, and never from room to room.</summary>
public sealed class DirectionTests
{
    // From the bottom to the top; a folder may use those before it.
    private static readonly string[] layers = ["Model", "Telemetry", "Storage", "Keys", "Audit", "Access", "Hosting", "Console.Static", "Console.Components", "rooms", "Commands", "program"];

    // Steps that every OAuth endpoint is made of.
    private static readonly string[] sharedByOAuthRooms = ["OAuth.Shared", "OAuth.ClientAuthentication"];

    private static readonly Dependency[] dependencies = Load(typeof(ApiConnectionsServer).Assembly);

    [Fact]
    public void A_folder_uses_only_those_below_it() =>
        dependencies.Where(use => Array.IndexOf(layers, LayerOf(use.To)) > Array.IndexOf(layers, LayerOf(use.From))).ShouldBeEmpty();

    [Fact]
    public void A_room_never_reaches_into_another() =>
        dependencies.Where(use => LayerOf(use.From) == "rooms" && LayerOf(use.To) == "rooms" && RoomOf(use.From) != RoomOf(use.To))
            .Where(use => !(use.From.StartsWith("OAuth.", StringComparison.Ordinal) && sharedByOAuthRooms.Contains(RoomOf(use.To))))
            .ShouldBeEmpty();

    [Fact]
    public void The_library_for_apis_knows_nothing_of_the_server() =>
        typeof(ApiConnections.ResourceServer.ResourceServerOptions).Assembly.GetReferencedAssemblies().ShouldNotContain(name => name.Name == "api-connections");

    [Fact]
    public void The_words_of_the_wire_depend_on_nothing() =>
        typeof(Protocol.OAuthError).Assembly.GetReferencedAssemblies().ShouldAllBe(name => name.Name!.StartsWith("System.", StringComparison.Ordinal));

    [Fact]
    public void Nobody_but_the_storage_speaks_to_the_database() =>
        dependencies.Where(use => !use.From.StartsWith("Storage", StringComparison.Ordinal))
            .Where(use => use.Type.StartsWith("Dapper.", StringComparison.Ordinal) || use.Type.StartsWith("Npgsql.", StringComparison.Ordinal) || use.Type.StartsWith("Microsoft.Data.Sqlite.", StringComparison.Ordinal))
            .ShouldBeEmpty();

    private static string LayerOf(string folder) => folder is "Console.Static" or "Console.Components" ? folder : folder.Split('.')[0] switch
    {
        "" => "program",
        "OAuth" or "SignIn" or "Settings" or "Health" or "Console" => "rooms",
        "System" => layers[0], // generated for regular expressions and the like
        var name when layers.Contains(name) => name,
        var name => throw new InvalidOperationException($"The folder {name} has no place in the order; give it one here and in ARCHITECTURE.md."),
    };

    private static string RoomOf(string folder) => folder;

    private static Dependency[] Load(Assembly assembly)
    {
        const string Root = "ApiConnections.Server";
        return [.. new ArchLoader().LoadAssemblies(assembly).Build().Types
            .Where(type => type.Namespace is not null && type.Namespace.FullName.StartsWith(Root, StringComparison.Ordinal))
            .SelectMany(type => type.Dependencies.Where(use => use.Target is not GenericParameter).Select(use => new Dependency(FolderOf(type), FolderOf(use.Target), use.Target.FullName)))
            .Where(use => use.From != use.To)
            .Distinct()];

        static string FolderOf(IType type)
        {
            // Type parameters and arrays have no namespace of their own.
            var name = type.Namespace?.FullName ?? "";
            return name.StartsWith(Root, StringComparison.Ordinal) ? name[Root.Length..].TrimStart('.') : "Model";
        }
    }

    private sealed record Dependency(string From, string To, string Type);
}
