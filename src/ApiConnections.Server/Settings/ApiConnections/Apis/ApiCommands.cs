using System.CommandLine;
using System.Globalization;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.ApiConnections.Apis;

internal static class ApiCommands
{
    public static Command Api(CommandRunner run)
    {
        var name = new Option<string>("--name") { Description = "Its name.", Required = true };
        var audience = new Option<string>("--audience") { Description = "The aud of its tokens: its address.", Required = true };
        var company = new Option<string?>("--company") { Description = "The only company that may use it; all by default." };
        var onlyOf = new Option<string?>("--company") { Description = "Only those that are open to this company." };
        var module = new Option<string[]>("--module") { Description = "A module that it serves; may be given several times.", DefaultValueFactory = _ => [] };
        var which = new Argument<string>("API") { Description = "Its key or name." };
        var newName = new Option<string?>("--name") { Description = "Its new name." };
        var newAudience = new Option<string?>("--audience") { Description = "The aud of its tokens from now on." };
        var newModule = new Option<string[]>("--module") { Description = "The modules that it serves from now on; may be given several times.", DefaultValueFactory = _ => [] };
        var revoke = new Option<string?>("--revoke") { Description = "Revoke the secret that ends with these four characters." };
        return new Command("api", "Protected APIs, which tokens are for.")
        {
            run.On(
                new Command("create", "Register a protected API; prints its own key and, this once, its secret.") { name, audience, company, module },
                call => call.Service<Apis>().Create(CommandCall.Actor, call.Get(name), call.Get(audience), call.Get(company), call.Get(module) ?? []),
                created => ShowSecret(created, $"API \"{created.Api.Name}\" registered.")),
            run.On(
                new Command("list", "List the registered APIs; tokens are for the first that is open to the company, unless a resource is asked for.") { onlyOf },
                call => call.Service<Apis>().List(CommandCall.Actor, call.Get(onlyOf)),
                apis => View.Table([.. apis.Select(details => details.Api)], Json, ["NAME", "KEY", "AUDIENCE", "COMPANY"], api => [api.Name, api.Key, api.Audience, api.CompanyId?.ToString() ?? "all"])),
            run.On(new Command("show", "Show an API with its secrets.") { which }, call => call.Service<Apis>().Show(CommandCall.Actor, call.Get(which)!), Show),
            Secret(run, which, revoke),
            run.On(
                new Command("edit", "Edit an API; with another audience, tokens for the former one are refused by it.") { which, newName, newAudience, newModule },
                call => call.Service<Apis>().Edit(CommandCall.Actor, call.Get(which)!, new ApiEdit(call.Get(newName), call.Get(newAudience), call.Get(newModule) is { Length: > 0 } modules ? modules : null)),
                api => new View(Json(api), $"API \"{api.Name}\" saved.")),
            run.On(
                new Command("delete", "Delete an API with its secrets: nobody gets tokens for it, and it hears of no more revocations.") { which },
                call => call.Service<Apis>().Delete(CommandCall.Actor, call.Get(which)!),
                api => new View(Json(api), $"API \"{api.Name}\" deleted.")),
        };
    }

    private static Command Secret(CommandRunner run, Argument<string> which, Option<string?> revoke) => run.On(
        new Command("secret", "Make a further secret for an API (printed this once), or revoke one.") { which, revoke },
        async call =>
        {
            var apis = call.Service<Apis>();
            if (call.Get(revoke) is not { } hint)
                return (await apis.AddSecret(CommandCall.Actor, call.Get(which)!)).TryGet(out var added, out var refusal)
                    ? ShowSecret(added, $"Secret for \"{added.Api.Name}\" made.")
                    : refusal;

            return (await apis.RevokeSecret(CommandCall.Actor, call.Get(which)!, hint)).TryGet(out var api, out var notRevoked)
                ? new View(Json(api), $"Secret …{hint} is revoked.")
                : (Protocol.Outcome<View>)notRevoked;
        },
        view => view);

    private static View Show(ApiDetails details)
    {
        var api = details.Api;
        var lines = new List<string>
        {
            $"Name        {api.Name}",
            $"Key         {api.Key}",
            $"Audience    {api.Audience}",
            $"Company     {api.CompanyId?.ToString() ?? "all"}",
            $"Modules     {(api.Modules.Count > 0 ? string.Join(' ', api.Modules) : "-")}",
            $"Registered  {Time(api.CreatedAt)}",
        };
        lines.AddRange(details.Secrets.Select(secret => $"Secret      …{secret.Hint}  {secret.Id}  made {Time(secret.CreatedAt)}{(secret.RevokedAt is { } revoked ? $"  revoked {Time(revoked)}" : "")}"));
        return new View(
            new
            {
                api.Key,
                api.Name,
                api.Audience,
                company = api.CompanyId,
                api.Modules,
                api.CreatedAt,
                secrets = details.Secrets.Select(secret => new { secret.Id, secret.Hint, secret.CreatedAt, secret.RevokedAt }),
            },
            lines);
    }

    private static View ShowSecret(CreatedApi created, string what) => new(
        new { created.Api.Key, secret = created.Secret.Reveal(), created.Api.Name, created.Api.Audience },
        what,
        $"Key     {created.Api.Key}",
        $"Secret  {created.Secret.Reveal()}",
        "The secret is shown only now; store it where secrets belong.");

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static object Json(Model.Api api) => new { api.Key, api.Name, api.Audience, company = api.CompanyId, api.Modules, api.CreatedAt };
}
