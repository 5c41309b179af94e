using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>The commands <c>consumer …</c>.</summary>
internal static class ConsumerCommands
{
    public static Command Consumer(CommandRunner run)
    {
        var company = new Option<string?>("--company") { Description = "The company's name or id; may be left out where there is one company." };
        var key = new Argument<string>("KEY") { Description = "The consumer's key." };
        return new Command("consumer", "OAuth consumers: the programs that may ask for tokens.")
        {
            Create(run, company),
            run.On(new Command("list", "List the consumers of a company.") { company }, call => call.Service<Consumers>().List(call.Get(company)), ShowList),
            run.On(new Command("show", "Show a consumer with its secrets and when they were last used.") { key }, call => call.Service<Consumers>().Show(CommandCall.Actor, call.Get(key)!), Show),
            run.On(new Command("requests", "Show the last requests of a consumer, and why they were refused.") { key }, call => call.Service<Consumers>().Requests(CommandCall.Actor, call.Get(key)!), ConsumerRequests.Show),
            ConsumerEditCommands.Make(run, consumer => Say(consumer, "is changed.")),
            run.On(new Command("disable", "Refuse every request of a consumer; its access tokens end.") { key }, call => call.Service<ConsumerAccess>().Disable(CommandCall.Actor, call.Get(key)!), consumer => Say(consumer, "is disabled.")),
            run.On(new Command("enable", "Let a disabled consumer work again.") { key }, call => call.Service<ConsumerAccess>().Enable(CommandCall.Actor, call.Get(key)!), consumer => Say(consumer, "is enabled.")),
            run.On(new Command("delete", "Delete a consumer: everything that hangs on it ends.") { key }, call => call.Service<ConsumerAccess>().Delete(CommandCall.Actor, call.Get(key)!), consumer => Say(consumer, "is deleted.")),
            run.On(new Command("revoke-tokens", "End every token that was issued for a consumer so far.") { key }, call => call.Service<ConsumerAccess>().RevokeTokens(CommandCall.Actor, call.Get(key)!), consumer => Say(consumer, "starts anew: every token, code and connected device so far has ended.")),
        };
    }

    private static Command Create(CommandRunner run, Option<string?> company)
    {
        var name = new Option<string>("--name") { Description = "Its name, unique in the company.", Required = true };
        var grant = new Option<string>("--grant") { Description = "client_credentials for a program without a user, authorization_code for an app that acts for people.", Required = true };
        var group = new Option<string>("--group") { Description = "The permission group that bounds what it may do.", Required = true };
        var callback = new Option<string[]>("--callback") { Description = "A callback URL; may be given several times.", DefaultValueFactory = _ => [] };
        var description = new Option<string?>("--description") { Description = "What it is for." };
        var isPublic = new Option<bool>("--public") { Description = "It cannot keep a secret (a browser or mobile app)." };
        var url = new Option<string?>("--url") { Description = "Its web site." };
        var privacy = new Option<string?>("--privacy-policy-url") { Description = "Its privacy policy." };
        var eula = new Option<string?>("--eula-url") { Description = "Its end user license agreement." };
        var required = new Option<string?>("--required-scopes") { Description = "What it cannot work without, for example \"tasks:view\"." };
        var minutes = new Option<int>("--access-token-minutes") { Description = "How long its access tokens live, 1 to 120 minutes.", DefaultValueFactory = _ => ConsumerOptions.Default.AccessTokenMinutes };
        var network = new Option<string[]>("--network") { Description = "A network in CIDR notation that it may come from; may be given several times.", DefaultValueFactory = _ => [] };
        var limit = new Option<int?>("--requests-per-minute") { Description = "Its limit of token requests; none by default." };
        var pkceOptional = new Option<bool>("--pkce-optional") { Description = "It may leave PKCE out; only for an old app with a secret." };
        var idle = new Option<int?>("--refresh-idle-days") { Description = "A device that does not refresh for so many days signs in again, 1 to 180; 30 by default." };
        var absolute = new Option<int>("--refresh-absolute-days") { Description = "A device signs in again after so many days, 1 to 180.", DefaultValueFactory = _ => ConsumerOptions.Default.RefreshAbsoluteDays };
        var window = new Option<int>("--refresh-window-seconds") { Description = "How long a refresh token that was replaced is still answered with its successor, 0 to 300 seconds.", DefaultValueFactory = _ => ConsumerOptions.Default.RefreshWindowSeconds };
        var owner = new Option<string?>("--owner") { Description = "The e-mail address of the developer or super administrator whose it is; nobody's without." };
        var refresh = new Option<bool>("--refresh-tokens") { Description = "Give a program without a user refresh tokens too; only for an old client that asks for them." };
        var command = new Command("create", "Make a consumer; prints its key and, this once, its secret.")
        {
            company, name, grant, group, callback, description, isPublic, url, privacy, eula, required, minutes, network, limit, pkceOptional, idle, absolute, window, refresh, owner,
        };
        return run.On(
            command,
            call => call.Service<Consumers>().Create(CommandCall.Actor, new NewConsumer
            {
                Company = call.Get(company),
                Name = call.Get(name),
                Description = call.Get(description),
                GrantType = call.Get(grant),
                Confidential = !call.Get(isPublic),
                CallbackUrls = call.Get(callback) ?? [],
                Links = new ConsumerLinks(call.Get(url), call.Get(privacy), call.Get(eula)),
                Group = call.Get(group),
                RequiredScopes = call.Get(required),
                Owner = call.Get(owner),
                Options = new ConsumerOptions
                {
                    AccessTokenMinutes = call.Get(minutes),
                    AllowedNetworks = call.Get(network) ?? [],
                    RequestsPerMinute = call.Get(limit),
                    PkceOptional = call.Get(pkceOptional),
                    RefreshIdleDays = call.Get(idle) ?? Math.Min(ConsumerOptions.Default.RefreshIdleDays, call.Get(absolute)),
                    RefreshAbsoluteDays = call.Get(absolute),
                    RefreshWindowSeconds = call.Get(window),
                    RefreshTokens = call.Get(refresh),
                },
            }),
            ShowCreated);
    }

    private static View ShowCreated(CreatedConsumer created)
    {
        var secret = created.Secret?.Reveal();
        var lines = new List<string> { $"Consumer \"{created.Consumer.Name}\" made.", $"Key     {created.Consumer.Key}" };
        if (secret is not null)
            lines.AddRange([$"Secret  {secret}", "The secret is shown only now; store it where secrets belong."]);

        return new View(
            new
            {
                created.Consumer.Key,
                secret,
                created.Consumer.Name,
                grant_type = GrantOf(created.Consumer),
                company = created.Company.Name,
                group = created.Group.Name,
                scope = created.Scope.ToString(),
                redirect_uris = created.Consumer.CallbackUrls.Select(callback => callback.Value),
            },
            lines);
    }

    private static View ShowList(IReadOnlyList<(Consumer Consumer, PermissionGroup Group)> consumers) => View.Table(
        consumers,
        row => new { row.Consumer.Key, row.Consumer.Name, grant_type = GrantOf(row.Consumer), group = row.Group.Name, status = StatusOf(row.Consumer), row.Consumer.CreatedAt },
        ["NAME", "KEY", "GRANT TYPE", "GROUP", "STATUS"],
        row => [row.Consumer.Name, row.Consumer.Key, GrantOf(row.Consumer), row.Group.Name, StatusOf(row.Consumer)]);

    private static View Show(ConsumerDetails details)
    {
        var (consumer, uses) = (details.Consumer, details.SecretUses.ToDictionary(use => use.Id));
        Use? UseOf(StoredSecret secret) => uses.GetValueOrDefault(secret.Id);
        var lines = new List<string>
        {
            $"Name         {consumer.Name}",
            $"Key          {consumer.Key}",
            $"Company      {details.Company.Name}",
            $"Grant type   {GrantOf(consumer)}",
            $"Group        {details.Group.Name}",
            $"May do       {details.Scope}",
            $"Status       {StatusOf(consumer)}{(consumer.GrantType == GrantType.ClientCredentials && !details.Allowed ? ", its authorization is revoked" : "")}",
            $"Owner        {details.Owner?.Email ?? "nobody"}",
            $"Created      {Time(consumer.CreatedAt)} by {consumer.CreatedBy}",
        };
        if (consumer.GrantType == GrantType.AuthorizationCode)
        {
            lines.AddRange([
                $"Kept secret  {(consumer.Confidential ? "yes, it is confidential" : "no, it is public")}",
                $"PKCE         {(consumer.Options.PkceOptional ? "optional" : "required")}",
                $"Devices      sign in again after {consumer.Options.RefreshIdleDays} idle days, {consumer.Options.RefreshAbsoluteDays} days in all"]);
        }
        else if (consumer.Options.RefreshTokens)
        {
            lines.Add("Refresh      yes, for an old client that asks for it");
        }

        lines.AddRange(consumer.CallbackUrls.Select(callback => $"Callback     {callback.Value}"));
        lines.AddRange(details.Secrets.Select(secret =>
            $"Secret       …{secret.Hint}  {secret.Id}  {(secret.Label.Length > 0 ? secret.Label : "-")}  {StateOf(secret)}  "
            + (UseOf(secret) is { } use ? $"last used {Time(use.At)} from {use.Ip}" : "never used")));

        return new View(
            new
            {
                consumer.Key,
                consumer.Name,
                consumer.Description,
                company = details.Company.Name,
                grant_type = GrantOf(consumer),
                consumer.Confidential,
                group = details.Group.Name,
                scope = details.Scope.ToString(),
                status = StatusOf(consumer),
                allowed = details.Allowed,
                owner = details.Owner?.Email,
                redirect_uris = consumer.CallbackUrls.Select(callback => callback.Value),
                consumer.Options,
                consumer.CreatedAt,
                consumer.CreatedBy,
                secrets = details.Secrets.Select(secret => new
                {
                    secret.Id,
                    secret.Hint,
                    secret.Label,
                    secret.CreatedAt,
                    secret.ExpiresAt,
                    secret.RevokedAt,
                    last_used_at = UseOf(secret)?.At,
                    last_used_ip = UseOf(secret)?.Ip,
                    last_used_agent = UseOf(secret)?.Agent,
                }),
            },
            lines);
    }

    private static View Say(Consumer consumer, string what) =>
        new(new { consumer.Key, consumer.Name, status = StatusOf(consumer) }, $"Consumer \"{consumer.Name}\" {what}");

    private static string GrantOf(Consumer consumer) => consumer.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode;

    private static string StatusOf(Consumer consumer) => consumer.Status switch
    {
        ConsumerStatus.Active => "active",
        ConsumerStatus.Disabled => "disabled",
        _ => "deleted",
    };

    private static string StateOf(StoredSecret secret) =>
        secret.RevokedAt is { } revoked ? $"revoked {Time(revoked)}" : secret.ExpiresAt is { } expires ? $"expires {Time(expires)}" : "no expiry";

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
