using System.Text;

namespace ApiConnections.Server.Hosting;

/// <summary>Asks for a password where nobody who looks over a shoulder or into the history of a shell finds it.</summary>
internal static class PasswordPrompt
{
    /// <param name="input">Where to read it from; null for the program's standard input, or its terminal.</param>
    /// <returns>Null where there is none, or the two that were typed differ.</returns>
    public static async Task<string?> Read(TextReader? input, TextWriter error)
    {
        if (input is not null || System.Console.IsInputRedirected)
            return await (input ?? System.Console.In).ReadLineAsync();

        var typed = await Typed(error, "Password: ");
        return await Typed(error, "The same again: ") == typed ? typed : null;
    }

    private static async Task<string> Typed(TextWriter error, string prompt)
    {
        await error.WriteAsync(prompt);
        var typed = new StringBuilder();
        for (var key = System.Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = System.Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
                typed.Length--;
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }

        await error.WriteLineAsync();
        return typed.ToString();
    }
}
