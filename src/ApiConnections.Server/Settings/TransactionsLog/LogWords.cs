using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>What the program writes into records with words of its own, as pages say it; the records stay as they are chained.</summary>
internal static class LogWords
{
    private const string CommandLine = "command line (";

    /// <summary>Who did something without being a person or a consumer; null for anybody else.</summary>
    public static string? Actor(PageContext page, string actor) => actor switch
    {
        "set-up" => page["log.set_up"],
        "sign-in" => page["log.sign_in"],
        _ when actor.StartsWith(CommandLine, StringComparison.Ordinal) && actor[^1] == ')' => page["log.command_line", actor[CommandLine.Length..^1]],
        _ => null,
    };

    /// <summary>How somebody signed in; null for what is none of the ways.</summary>
    public static string? Way(PageContext page, string with) => with switch
    {
        "pwd" => page["log.with_password"],
        "password and authenticator" => page["log.with_authenticator"],
        "password and recovery code" => page["log.with_recovery_code"],
        "password and new authenticator" => page["log.with_new_authenticator"],
        "new password" => page["log.with_new_password"],
        "new password and authenticator" => page["log.with_new_password_and_authenticator"],
        "passkey" => page["log.with_passkey"],
        "invitation" => page["log.with_invitation"],
        _ => Actor(page, with),
    };
}
