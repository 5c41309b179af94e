using ApiConnections.Server.Commands;
using ApiConnections.Server.Console;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Health;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.OAuth.Authorize;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Introspection;
using ApiConnections.Server.OAuth.Metadata;
using ApiConnections.Server.OAuth.Revocation;
using ApiConnections.Server.OAuth.RevocationFeed;
using ApiConnections.Server.OAuth.Token;
using ApiConnections.Server.OAuth.Usage;
using ApiConnections.Server.Settings.Account;
using ApiConnections.Server.Settings.ApiConnections.Apis;
using ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Server.Settings.General;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Server.Settings.Security;
using ApiConnections.Server.Settings.TransactionsLog;
using ApiConnections.Server.Settings.UserAccounts;
using ApiConnections.Server.SignIn;

namespace ApiConnections.Server;

/// <summary>The program: its rooms, its command line, its server.</summary>
public static class ApiConnectionsServer
{
    // Removing a feature: its folder, its line here, its tests.
    private static readonly Room[] rooms =
    [
        StaticPagesRoom.Room,
        ConsoleRoom.Room,
        ClientAuthenticationRoom.Room,
        AuthorizeRoom.Room,
        TokenRoom.Room,
        RevocationRoom.Room,
        IntrospectionRoom.Room,
        MetadataRoom.Room,
        RevocationFeedRoom.Room,
        UsageRoom.Room,
        SignInRoom.Room,
        HealthRoom.Room,
        AccountRoom.Room,
        GeneralRoom.Room,
        ModulesRoom.Room,
        UserAccountsRoom.Room,
        ConsumersRoom.Room,
        AppAuthorizationsRoom.Room,
        ApisRoom.Room,
        SecurityRoom.Room,
        LogRoom.Room,
    ];

    public static Task<int> Main(string[] args) => Run(args, System.Console.Out, System.Console.Error);

    /// <summary>Runs a command as the command line does; returns its exit code: 0, 1 for a refusal, 2 for wrong usage.</summary>
    /// <param name="settings">Settings by their full names, over the environment and below the command's own options.</param>
    /// <param name="input">Where commands read passwords from; null for the program's own standard input or terminal.</param>
    public static Task<int> Run(string[] args, TextWriter output, TextWriter error, IReadOnlyDictionary<string, string?>? settings = null, TextReader? input = null) =>
        new RootCommandLine(rooms, settings, input).Run(args, output, error);

    /// <summary>Builds the server without starting it, for programs that host it beside their own.</summary>
    /// <param name="settings">Settings by their full names, for example <c>ApiConnections:Issuer</c>; over the environment and appsettings.json.</param>
    /// <param name="configure">Changes the host before it is built.</param>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> settings, Action<WebApplicationBuilder>? configure = null) =>
        ServerBuilder.Build(settings, rooms, configure);
}
