using System.Text;
using ApiConnections.Server.Console.Static;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ApiConnections.Server.SignIn;

/// <summary>Where a person goes after signing in: a path of ours, below the issuer's own, never an address of anybody else.</summary>
internal static class LocalReturn
{
    public const string Parameter = "return";
    public const string Default = "/account/apps";
    private const int Longest = 6000;

    /// <summary>The path, or <see cref="Default"/> where <paramref name="typed"/> is none of ours.</summary>
    // The framework decides what is local; own rules about backslashes and tabs have been wrong in every product that had them.
    public static string Of(string? typed) =>
        typed is { Length: > 0 and <= Longest } && typed[0] == '/' && Ascii.IsValid(typed) && RedirectHttpResult.IsLocalUrl(typed) && !typed.Any(char.IsControl) ? typed : Default;

    /// <summary>A page of the sign-in that keeps it in mind.</summary>
    public static string On(string page, string path) => path == Default ? page : $"{page}?{Parameter}={Uri.EscapeDataString(path)}";

    public static string Of(HttpContext http) => Of(http.Request.Query[Parameter] is { Count: 1 } one ? one[0] : null);

    public static string Of(IFormCollection form) => Of(form.One(Parameter));
}
