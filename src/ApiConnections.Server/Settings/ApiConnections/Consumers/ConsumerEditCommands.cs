using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>The command <c>consumer edit</c>.</summary>
internal static class ConsumerEditCommands
{
    private static readonly Refusal whatElse = Refused.Invalid("Give what to change of the consumer, or one of --owner EMAIL and --no-owner alone.");
    private static readonly Refusal twice = Refused.Invalid("Give --requests-per-minute or --no-limit, not both.");

    public static Command Make(CommandRunner run, Func<Consumer, View> saved)
    {
        var key = new Argument<string>("KEY") { Description = "The consumer's key." };
        var name = new Option<string?>("--name") { Description = "Its new name, unique in the company." };
        var description = new Option<string?>("--description") { Description = "What it is for." };
        var callback = new Option<string[]>("--callback") { Description = "A callback URL in the place of those before; may be given several times.", DefaultValueFactory = _ => [] };
        var url = new Option<string?>("--url") { Description = "Its web site; \"\" for none." };
        var privacy = new Option<string?>("--privacy-policy-url") { Description = "Its privacy policy; \"\" for none." };
        var eula = new Option<string?>("--eula-url") { Description = "Its end user license agreement; \"\" for none." };
        var group = new Option<string?>("--group") { Description = "The permission group that it is moved to." };
        var required = new Option<string?>("--required-scopes") { Description = "What it cannot work without; \"\" for nothing." };
        var minutes = new Option<int?>("--access-token-minutes") { Description = "How long its access tokens live, 1 to 120 minutes." };
        var network = new Option<string[]>("--network") { Description = "A network in CIDR notation in the place of those before; may be given several times, \"\" for any.", DefaultValueFactory = _ => [] };
        var limit = new Option<int?>("--requests-per-minute") { Description = "Its limit of token requests." };
        var noLimit = new Option<bool>("--no-limit") { Description = "It has no limit of token requests." };
        var pkceOptional = new Option<bool?>("--pkce-optional") { Description = "true or false: it may leave PKCE out; only for an old app with a secret." };
        var idle = new Option<int?>("--refresh-idle-days") { Description = "A device that does not refresh for so many days signs in again, 1 to 180." };
        var absolute = new Option<int?>("--refresh-absolute-days") { Description = "A device signs in again after so many days, 1 to 180." };
        var window = new Option<int?>("--refresh-window-seconds") { Description = "How long a refresh token that was replaced is still answered with its successor, 0 to 300 seconds." };
        var refresh = new Option<bool?>("--refresh-tokens") { Description = "true or false: a program without a user gets refresh tokens too; only for an old client that asks for them." };
        var owner = new Option<string?>("--owner") { Description = "The e-mail address of the developer or super administrator who it is given to." };
        var noOwner = new Option<bool>("--no-owner") { Description = "It is nobody's: only super administrators change it." };
        Option[] fields = [name, description, callback, url, privacy, eula, required, minutes, network, limit, noLimit, pkceOptional, idle, absolute, window, refresh];
        return run.On(
            new Command("edit", "Edit a consumer; its access tokens end where another permission group allows less. Or give it to somebody.")
            {
                key, name, description, callback, url, privacy, eula, group, required, minutes, network, limit, noLimit, pkceOptional, idle, absolute, window, refresh, owner, noOwner,
            },
            call => (call.HasAny(fields), call.Get(group), call.Get(owner), call.Get(noOwner)) switch
            {
                (false, { } to, null, false) => call.Service<ConsumerAccess>().Move(CommandCall.Actor, call.Get(key)!, to),
                (false, null, { } whose, false) => call.Service<ConsumerOwners>().Set(CommandCall.Actor, call.Get(key)!, whose),
                (false, null, null, true) => call.Service<ConsumerOwners>().Set(CommandCall.Actor, call.Get(key)!, null),
                (true, _, null, false) when call.Get(limit) is not null && call.Get(noLimit) => Task.FromResult<Outcome<Consumer>>(twice),
                (true, var to, null, false) => Save(call, call.Get(key)!, before => before with
                {
                    Name = call.Get(name) ?? before.Name,
                    Description = call.Get(description) ?? before.Description,
                    CallbackUrls = Given(call.Get(callback)) ?? before.CallbackUrls,
                    Links = new ConsumerLinks(Link(call.Get(url), before.Links.Url), Link(call.Get(privacy), before.Links.PrivacyPolicyUrl), Link(call.Get(eula), before.Links.EulaUrl)),
                    Group = to ?? before.Group,
                    RequiredScopes = call.Get(required) ?? before.RequiredScopes,
                    Options = before.Options with
                    {
                        AccessTokenMinutes = call.Get(minutes) ?? before.Options.AccessTokenMinutes,
                        AllowedNetworks = Given(call.Get(network)) ?? before.Options.AllowedNetworks,
                        RequestsPerMinute = call.Get(noLimit) ? null : call.Get(limit) ?? before.Options.RequestsPerMinute,
                        PkceOptional = call.Get(pkceOptional) ?? before.Options.PkceOptional,
                        RefreshIdleDays = call.Get(idle) ?? before.Options.RefreshIdleDays,
                        RefreshAbsoluteDays = call.Get(absolute) ?? before.Options.RefreshAbsoluteDays,
                        RefreshWindowSeconds = call.Get(window) ?? before.Options.RefreshWindowSeconds,
                        RefreshTokens = call.Get(refresh) ?? before.Options.RefreshTokens,
                    },
                }),
                _ => Task.FromResult<Outcome<Consumer>>(whatElse),
            },
            saved);
    }

    // What the page does too: what is left out is saved as it was read, unless somebody else has saved meanwhile.
    private static async Task<Outcome<Consumer>> Save(CommandCall call, string key, Func<NewConsumer, NewConsumer> edit)
    {
        if (!(await call.Service<Consumers>().Show(CommandCall.Actor, key)).TryGet(out var details, out var refusal))
            return refusal;

        return await call.Service<ConsumerEdits>().Save(CommandCall.Actor, key, edit(NewConsumer.Of(details.Consumer, details.Group)), details.Consumer.Version);
    }

    private static string[]? Given(string[]? typed) => typed is { Length: > 0 } ? [.. typed.Where(text => text.Length > 0)] : null;

    private static string? Link(string? typed, string? before) => typed switch { null => before, "" => null, _ => typed };
}
