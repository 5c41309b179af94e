using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.Apis;
using ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Server.Settings.General;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Server.Settings.Security;
using ApiConnections.Server.Settings.TransactionsLog;
using ApiConnections.Server.Settings.UserAccounts;
using ApiConnections.Server.Storage;
using static ApiConnections.Tests.Access.Doors.Door;

namespace ApiConnections.Tests.Access.Doors;

/// <summary>Every function that takes an actor, with its two doors and what is wrong at both.</summary>
internal static class DoorTable
{
    private const string Own = "It is about the person who calls it, in their own session.";
    private const string Trial = "It tries a consumer at the real endpoints, as its program would with: curl /oauth/token.";

    public static IReadOnlyList<Door> All { get; } =
    [
        .. ConsumerDoors(), .. ApiDoors(), .. GroupDoors(), .. CompanyDoors(), .. PersonDoors(), .. LogDoors(), .. OwnDoors(),
    ];

    private static NewConsumer Typed(NewConsumer? change = null) => change ?? new() { Company = "Acme", Name = "Fresh", GrantType = GrantTypes.ClientCredentials, Group = "Viewers" };

    private static Door[] ConsumerDoors()
    {
        Wrong Create(NewConsumer typed, params string[] more) => When<CreatedConsumer, Consumers>(
            (room, actor, _) => room.Create(actor, typed),
            _ => ["consumer", "create", "--company", typed.Company!, "--name", typed.Name!, "--grant", typed.GrantType!, "--group", typed.Group!, .. more]);
        Wrong Edit(Func<Things, string> which, Func<NewConsumer, NewConsumer> change, params string[] options) => When<Consumer, ConsumerEdits>(
            async (room, actor, of) =>
            {
                // As the page: what was read, with what was typed over it.
                var typed = new NewConsumer { Company = "Acme", Name = of.ProgramName, GrantType = GrantTypes.ClientCredentials, Group = "Viewers" };
                if (which(of) != of.Program)
                    typed = typed with { Name = which(of) == of.App ? "App" : "Public app", GrantType = GrantTypes.AuthorizationCode, CallbackUrls = ["https://app.test/callback"], Confidential = which(of) == of.App };
                return await room.Save(actor, which(of), change(typed), 1);
            },
            of => ["consumer", "edit", which(of), .. options]);
        Wrong On<T>(Func<ConsumerAccess, Actor, string, Task<Outcome<T>>> page, string command, Func<Things, string> key, params string[] rest)
            where T : notnull => When<T, ConsumerAccess>((room, actor, of) => page(room, actor, key(of)), of => ["consumer", command, key(of), .. rest]);
        static string None(Things of) => "none";
        static string Program(Things of) => of.Program;
        static string App(Things of) => of.App;
        static string PublicApp(Things of) => of.PublicApp;
        var fresh = Typed();

        return
        [
            Reads("ConsumerLists.Page", "consumer list", When<ListPage<ListedConsumer>, ConsumerLists>((room, actor, _) => room.Page(actor, "None", new()), _ => ["consumer", "list", "--company", "None"])),
            Reads("ConsumerLists.Export", "consumer list"),
            Reads("ConsumerLists.Groups", "group list"),
            Reads("Consumers.Show", "consumer show", When<ConsumerDetails, Consumers>((room, actor, _) => room.Show(actor, "none"), _ => ["consumer", "show", "none"])),
            Reads("Consumers.Requests", "consumer requests", When<IReadOnlyList<LoggedRequest>, Consumers>((room, actor, _) => room.Requests(actor, "none"), _ => ["consumer", "requests", "none"])),
            Both(
                "Consumers.Create", "consumer create",
                [
                    Create(fresh with { Company = "None" }),
                    Create(fresh with { Name = "" }),
                    Create(fresh with { Name = Things.Long }),
                    Create(fresh with { Name = Things.Turned }),
                    Create(fresh with { Name = "a\uFFFEb" }),
                    Create(fresh with { Name = "a\uD800b" }),
                    Create(fresh with { Name = "App" }),
                    Create(fresh with { GrantType = "password" }),
                    Create(fresh with { Group = "None" }),
                    Create(fresh with { Group = "\uFFFE" }),
                    Create(fresh with { CallbackUrls = ["https://x.test/"] }, "--callback", "https://x.test/"),
                    Create(fresh with { Confidential = false }, "--public"),
                    Create(fresh with { GrantType = GrantTypes.AuthorizationCode }),
                    .. new[] { "http://x.test/", "javascript:alert(1)", "https://x.test/#a", "https://a@x.test/", "https://*.x.test/", "/callback", "https://x.test/?code=1" }
                        .Select(url => Create(fresh with { GrantType = GrantTypes.AuthorizationCode, CallbackUrls = [url] }, "--callback", url)),
                    Create(fresh with { Links = new("http://x.test", null, null) }, "--url", "http://x.test"),
                    Create(fresh with { Links = new(null, "javascript:alert(1)", null) }, "--privacy-policy-url", "javascript:alert(1)"),
                    Create(fresh with { Links = new(null, null, "https://a@x.test") }, "--eula-url", "https://a@x.test"),
                    Create(fresh with { RequiredScopes = "made:up" }, "--required-scopes", "made:up"),
                    Create(fresh with { RequiredScopes = "tasks:edit" }, "--required-scopes", "tasks:edit"),
                    Create(fresh with { Options = new() { AccessTokenMinutes = 0 } }, "--access-token-minutes", "0"),
                    Create(fresh with { Options = new() { RequestsPerMinute = -1 } }, "--requests-per-minute", "-1"),
                    Create(fresh with { Options = new() { AllowedNetworks = ["everywhere"] } }, "--network", "everywhere"),
                    Create(fresh with { Options = new() { PkceOptional = true } }, "--pkce-optional"),
                    Create(fresh with { Owner = "nobody@acme.test" }, "--owner", "nobody@acme.test"),
                ]),
            Both(
                "ConsumerEdits.Save", "consumer edit",
                When<Consumer, ConsumerEdits>((room, actor, _) => room.Save(actor, "none", fresh, 1), _ => ["consumer", "edit", "none", "--name", "Fresh"]),
                When<Consumer, ConsumerEdits>((room, actor, of) => room.Save(actor, of.Deleted, fresh, 1), of => ["consumer", "edit", of.Deleted, "--name", "Fresh"]),
                Edit(Program, typed => typed with { Name = "" }, "--name", ""),
                Edit(Program, typed => typed with { Name = Things.Long }, "--name", Things.Long),
                Edit(Program, typed => typed with { Name = Things.Turned }, "--name", Things.Turned),
                Edit(Program, typed => typed with { Name = "app" }, "--name", "app"),
                Edit(Program, typed => typed with { Description = new string('x', 501) }, "--description", new string('x', 501)),
                Edit(Program, typed => typed with { Group = "None" }, "--group", "None", "--name", "Fresh"),
                Edit(Program, typed => typed with { CallbackUrls = ["https://x.test/"] }, "--callback", "https://x.test/"),
                Edit(Program, typed => typed with { Links = new("http://x.test", null, null) }, "--url", "http://x.test"),
                Edit(Program, typed => typed with { Links = new(null, "data:text/html,x", null) }, "--privacy-policy-url", "data:text/html,x"),
                Edit(Program, typed => typed with { Links = new(null, null, "ftp://x.test") }, "--eula-url", "ftp://x.test"),
                Edit(Program, typed => typed with { RequiredScopes = "made:up" }, "--required-scopes", "made:up"),
                Edit(Program, typed => typed with { RequiredScopes = "tasks:edit" }, "--required-scopes", "tasks:edit"),
                Edit(Program, typed => typed with { Options = new() { AccessTokenMinutes = 121 } }, "--access-token-minutes", "121"),
                Edit(Program, typed => typed with { Options = new() { AllowedNetworks = ["10.0.0.0/33"] } }, "--network", "10.0.0.0/33"),
                Edit(Program, typed => typed with { Options = new() { RequestsPerMinute = 0 } }, "--requests-per-minute", "0"),
                Edit(Program, typed => typed with { Options = new() { PkceOptional = true } }, "--pkce-optional", "true"),
                Edit(App, typed => typed with { CallbackUrls = [] }, "--callback", ""),
                Edit(App, typed => typed with { CallbackUrls = ["http://x.test/"] }, "--callback", "http://x.test/"),
                Edit(App, typed => typed with { CallbackUrls = [.. Enumerable.Range(0, 21).Select(i => $"https://x.test/{i}")] }, [.. Enumerable.Range(0, 21).SelectMany(i => new[] { "--callback", $"https://x.test/{i}" })]),
                Edit(App, typed => typed with { Options = new() { RefreshIdleDays = 181 } }, "--refresh-idle-days", "181"),
                Edit(App, typed => typed with { Options = new() { RefreshAbsoluteDays = 1 } }, "--refresh-absolute-days", "1"),
                Edit(App, typed => typed with { Options = new() { RefreshWindowSeconds = 301 } }, "--refresh-window-seconds", "301"),
                Edit(App, typed => typed with { Options = new() { RefreshTokens = true } }, "--refresh-tokens", "true"),
                Edit(PublicApp, typed => typed with { Options = new() { PkceOptional = true } }, "--pkce-optional", "true")),
            Both(
                "ConsumerAccess.Move", "consumer edit",
                On((room, actor, key) => room.Move(actor, key, "Viewers"), "edit", None, "--group", "Viewers"),
                On((room, actor, key) => room.Move(actor, key, "None"), "edit", Program, "--group", "None"),
                On((room, actor, key) => room.Move(actor, key, "Viewers"), "edit", Program, "--group", "Viewers")),
            Both(
                "ConsumerOwners.Set", "consumer edit",
                When<Consumer, ConsumerOwners>((room, actor, of) => room.Set(actor, "none", of.Admin), of => ["consumer", "edit", "none", "--owner", of.Admin]),
                When<Consumer, ConsumerOwners>((room, actor, of) => room.Set(actor, of.Program, of.Person), of => ["consumer", "edit", of.Program, "--owner", of.Person]),
                When<Consumer, ConsumerOwners>((room, actor, of) => room.Set(actor, of.Program, "nobody@acme.test"), of => ["consumer", "edit", of.Program, "--owner", "nobody@acme.test"]),
                When<Consumer, ConsumerOwners>((room, actor, of) => room.Set(actor, of.Program, null), of => ["consumer", "edit", of.Program, "--no-owner"])),
            Reads("ConsumerOwners.Candidates", "user list"),
            Both(
                "ConsumerSecrets.Add", "secret add",
                [
                    When<AddedSecret, ConsumerSecrets>((room, actor, _) => room.Add(actor, "none", null, null, null), _ => ["secret", "add", "none"]),
                    When<AddedSecret, ConsumerSecrets>((room, actor, of) => room.Add(actor, of.PublicApp, null, null, null), of => ["secret", "add", of.PublicApp]),
                    When<AddedSecret, ConsumerSecrets>((room, actor, of) => room.Add(actor, of.Program, Things.Long, null, null), of => ["secret", "add", of.Program, "--label", Things.Long]),
                    When<AddedSecret, ConsumerSecrets>((room, actor, of) => room.Add(actor, of.Program, null, DateTimeOffset.UnixEpoch, null), of => ["secret", "add", of.Program, "--expires", "1970-01-01T00:00:00Z"]),
                    When<AddedSecret, ConsumerSecrets>((room, actor, of) => room.Add(actor, of.Program, null, null, TimeSpan.FromDays(31)), of => ["secret", "add", of.Program, "--others-end-after-hours", "744"]),
                    When<AddedSecret, ConsumerSecrets>((room, actor, of) => room.Add(actor, of.Program, null, null, TimeSpan.FromHours(-1)), of => ["secret", "add", of.Program, "--others-end-after-hours", "-1"]),
                    .. new[] { "NaN", "Infinity", "-Infinity", "1e308" }.Select(hours =>
                        When<AddedSecret, ConsumerSecrets>((room, actor, of) => room.Add(actor, of.Program, null, null, TimeSpan.MaxValue), of => ["secret", "add", of.Program, "--others-end-after-hours", hours])),
                ]),
            Both(
                "ConsumerAccess.RevokeSecret", "secret revoke",
                When<StoredSecret, ConsumerAccess>((room, actor, _) => room.RevokeSecret(actor, "none", "abcd", false), _ => ["secret", "revoke", "none", "abcd"]),
                When<StoredSecret, ConsumerAccess>((room, actor, of) => room.RevokeSecret(actor, of.Program, "!!!!", true), of => ["secret", "revoke", of.Program, "!!!!", "--revoke-tokens"])),
            Both("ConsumerAccess.Disable", "consumer disable", On((room, actor, key) => room.Disable(actor, key), "disable", None), On((room, actor, key) => room.Disable(actor, key), "disable", of => of.Disabled), On((room, actor, key) => room.Disable(actor, key), "disable", of => of.Deleted)),
            Both("ConsumerAccess.Enable", "consumer enable", On((room, actor, key) => room.Enable(actor, key), "enable", None), On((room, actor, key) => room.Enable(actor, key), "enable", Program)),
            Both("ConsumerAccess.Delete", "consumer delete", On((room, actor, key) => room.Delete(actor, key), "delete", None), On((room, actor, key) => room.Delete(actor, key), "delete", of => of.Deleted)),
            Both("ConsumerAccess.RevokeTokens", "consumer revoke-tokens", On((room, actor, key) => room.RevokeTokens(actor, key), "revoke-tokens", None)),
            Reads("AppAuthorizations.Page", "authorization list", When<AuthorizationPage, AppAuthorizations>((room, actor, _) => room.Page(actor, "None", new()), _ => ["authorization", "list", "--company", "None"]), When<AuthorizationPage, AppAuthorizations>((room, actor, _) => room.Page(actor, "Acme", new() { Consumer = "none" }), _ => ["authorization", "list", "--company", "Acme", "--consumer", "none"])),
            Reads("AuthorizationAccess.Page", "authorization list"),
            Both(
                "AuthorizationAccess.Revoke", "authorization revoke",
                When<Authorization, AuthorizationAccess>((room, actor, _) => room.Revoke(actor, Guid.Empty, null), _ => ["authorization", "revoke", Guid.Empty.ToString()]),
                When<Authorization, AuthorizationAccess>((room, actor, of) => room.Revoke(actor, of.Revoked, null), of => ["authorization", "revoke", of.Revoked.ToString()]),
                When<Authorization, AuthorizationAccess>((room, actor, of) => room.Revoke(actor, of.Revoked, Things.Turned), of => ["authorization", "revoke", of.Revoked.ToString(), "--reason", Things.Turned])),
            Both(
                "AuthorizationAccess.RevokeAllOf", "authorization revoke-all",
                When<Consumer, AuthorizationAccess>((room, actor, _) => room.RevokeAllOf(actor, "none", null), _ => ["authorization", "revoke-all", "none"]),
                When<Consumer, AuthorizationAccess>((room, actor, of) => room.RevokeAllOf(actor, of.App, new string('x', 501)), of => ["authorization", "revoke-all", of.App, "--reason", new string('x', 501)])),
            Both(
                "AuthorizationAccess.Allow", "authorization allow",
                When<Authorization, AuthorizationAccess>((room, actor, _) => room.Allow(actor, "none"), _ => ["authorization", "allow", "none"]),
                When<Authorization, AuthorizationAccess>((room, actor, of) => room.Allow(actor, of.App), of => ["authorization", "allow", of.App]),
                When<Authorization, AuthorizationAccess>((room, actor, of) => room.Allow(actor, of.Program), of => ["authorization", "allow", of.Program])),
            .. new[] { "TrialRuns.ClientCredentials", "TrialRuns.Secret", "TrialRuns.Redeem", "PersonTrials.Begin", "PersonTrials.Answer", "PersonTrials.Look", "PersonTrials.Close", "TrialEnds.Token", "TrialEnds.Person" }
                .Select(function => PageAlone(function, Trial)),
        ];
    }

    private static Door[] ApiDoors()
    {
        Wrong Create(string name, string audience, string? company, params string[] modules) => When<CreatedApi, Apis>(
            // A page names its company always; the operator need not.
            (room, actor, _) => room.Create(actor, name, audience, company ?? "Acme", modules),
            _ => ["api", "create", "--name", name, "--audience", audience, "--company", company ?? "Acme", .. modules.SelectMany(module => new[] { "--module", module })]);
        Wrong Edit(Func<Things, string> which, ApiEdit edit, params string[] options) => When<Api, Apis>((room, actor, of) => room.Edit(actor, which(of), edit), of => ["api", "edit", which(of), .. options]);
        static string None(Things of) => "none";
        static string One(Things of) => of.Api;
        return
        [
            Reads("Apis.List", "api list", When<IReadOnlyList<ApiDetails>, Apis>((room, actor, _) => room.List(actor, "None"), _ => ["api", "list", "--company", "None"])),
            Reads("Apis.Show", "api show", When<ApiDetails, Apis>((room, actor, _) => room.Show(actor, "none"), _ => ["api", "show", "none"])),
            Both(
                "Apis.Create", "api create",
                Create("Fresh", "https://fresh.test", "None"), Create("", "https://fresh.test", null), Create(Things.Long, "https://fresh.test", null), Create(Things.Turned, "https://fresh.test", null),
                Create("Fresh", "fresh", null), Create("Fresh", "https://fresh.test/#x", null), Create("Fresh", "https://fresh.test", null, "made up"), Create("Test API", "https://fresh.test", null), Create("Fresh", "https://api.test", null)),
            Both(
                "Apis.Edit", "api edit",
                Edit(None, new("Fresh", null, null), "--name", "Fresh"), Edit(One, new("", null, null), "--name", ""), Edit(One, new(Things.Long, null, null), "--name", Things.Long),
                Edit(One, new(null, "file:///etc/passwd", null), "--audience", "file:///etc/passwd"), Edit(One, new(null, null, ["made up"]), "--module", "made up"), Edit(One, new("Other API", null, null), "--name", "Other API")),
            Both("Apis.Delete", "api delete", When<Api, Apis>((room, actor, _) => room.Delete(actor, "none"), _ => ["api", "delete", "none"])),
            Both("Apis.AddSecret", "api secret", When<CreatedApi, Apis>((room, actor, _) => room.AddSecret(actor, "none"), _ => ["api", "secret", "none"])),
            Both(
                "Apis.RevokeSecret", "api secret",
                When<Api, Apis>((room, actor, _) => room.RevokeSecret(actor, "none", "abcd"), _ => ["api", "secret", "none", "--revoke", "abcd"]),
                When<Api, Apis>((room, actor, of) => room.RevokeSecret(actor, of.Api, "!!!!"), of => ["api", "secret", of.Api, "--revoke", "!!!!"])),
        ];
    }

    private static Door[] GroupDoors()
    {
        Wrong Create(string company, string name, string scopes, string? description = null) => When<PermissionGroup, Groups>(
            (room, actor, _) => room.Create(actor, company, name, scopes, readOnly: false, description),
            _ => ["group", "create", "--company", company, "--name", name, "--scopes", scopes, .. description is null ? Array.Empty<string>() : ["--description", description]]);
        Wrong[] Edit(string company, string group, GroupEdit edit, params string[] options) =>
        [
            When<PermissionGroup, Groups>((room, actor, _) => room.Edit(actor, company, group, edit), _ => ["group", "edit", group, "--company", company, .. options]),
            When<ForeseenNarrowing, Groups>((room, actor, _) => room.Foresee(actor, company, group, edit), _ => ["group", "edit", group, "--company", company, "--dry-run", .. options]),
        ];
        Wrong Delete(string company, string group) => When<PermissionGroup, Groups>((room, actor, _) => room.Delete(actor, company, group), _ => ["group", "delete", group, "--company", company]);
        Wrong Switch(string company, string module, bool on) => When<CompanyModule, CompanyModules>((room, actor, _) => room.Switch(actor, company, module, on), _ => ["module", on ? "on" : "off", module, "--company", company]);
        Wrong[][] edits =
        [
            Edit("None", "Viewers", new("Fresh", null, null), "--name", "Fresh"), Edit("Acme", "None", new("Fresh", null, null), "--name", "Fresh"), Edit("Acme", "Viewers", new("", null, null), "--name", ""),
            Edit("Acme", "Viewers", new(Things.Long, null, null), "--name", Things.Long), Edit("Acme", "Viewers", new(null, "made:up", null), "--scopes", "made:up"), Edit("Acme", "Viewers", new(null, "", null), "--scopes", ""),
        ];
        return
        [
            Reads("Groups.List", "group list", When<IReadOnlyList<GroupDetails>, Groups>((room, actor, _) => room.List(actor, "None"), _ => ["group", "list", "--company", "None"])),
            Reads("Groups.Show", "group show", When<GroupDetails, Groups>((room, actor, _) => room.Show(actor, "Acme", "None"), _ => ["group", "show", "None", "--company", "Acme"])),
            Both(
                "Groups.Create", "group create",
                Create("None", "Fresh", "tasks:view"), Create("Acme", "", "tasks:view"), Create("Acme", Things.Long, "tasks:view"), Create("Acme", Things.Turned, "tasks:view"), Create("Acme", "\uFFFE", "tasks:view"), Create("\uFFFE", "Fresh", "tasks:view"), Create("Acme", "viewers", "tasks:view"),
                Create("Acme", "Fresh", ""), Create("Acme", "Fresh", "made:up"), Create("Acme", "Fresh", "tasks:view", new string('x', 501))),
            Both("GroupRules.Create", "group create", When<PermissionGroup, GroupRules>((room, actor, _) => room.Create(actor, "Acme", new("Viewers", null, "tasks:view", false)), _ => ["group", "create", "--company", "Acme", "--name", "Viewers", "--scopes", "tasks:view"])),
            Both("Groups.Edit", "group edit", [.. edits.Select(pair => pair[0]), When<PermissionGroup, Groups>((room, actor, _) => room.Edit(actor, "Acme", "Viewers", new("Spare", null, null)), _ => ["group", "edit", "Viewers", "--company", "Acme", "--name", "Spare"])]),
            Both("Groups.Foresee", "group edit", [.. edits.Select(pair => pair[1])]),
            Both("Groups.Delete", "group delete", Delete("None", "Viewers"), Delete("Acme", "None"), Delete("Acme", "Viewers"), Delete("Acme", "Was used")),
            Reads("CompanyModules.List", "module list", When<IReadOnlyList<CompanyModule>, CompanyModules>((room, actor, _) => room.List(actor, "None"), _ => ["module", "list", "--company", "None"])),
            Both("CompanyModules.Switch", "module off", Switch("None", "tasks", false), Switch("Acme", "made up", false), Switch("Acme", "tasks", true), Switch("Acme", "assets", true)),
            Both("CompanyAccess.SwitchModule", "module on", Switch("Acme", "tasks", true)),
        ];
    }

    private static Door[] CompanyDoors()
    {
        Wrong Edit(string company, CompanyEdit edit, params string[] options) => When<CompanyDetails, Companies>((room, actor, _) => room.Edit(actor, company, edit), _ => ["company", "edit", company, .. options]);
        Wrong Link(string company, HostLink link, int? to = null) => When<CompanyDetails, CompanyLinks>(
            (room, actor, _) => room.Add(actor, company, link, to),
            _ => ["company", "link", "add", "--company", company, "--address", link.Address, "--icon", link.Icon, "--en", link.English, "--es", link.Spanish, "--pt", link.Portuguese, .. to is { } at ? ["--at", $"{at}"] : Array.Empty<string>()]);
        // A page saves all links at once.
        Wrong Links(HostLink link) => When<CompanyDetails, Companies>(
            (room, actor, _) => room.Edit(actor, "Acme", new CompanyEdit { Links = new LinksEdit([link]) }),
            _ => ["company", "link", "add", "--company", "Acme", "--address", link.Address, "--icon", link.Icon, "--en", link.English, "--es", link.Spanish, "--pt", link.Portuguese]);
        Wrong Policy(string company, SecurityEdit edit, params string[] options) => When<CompanyPolicy, SecurityPolicies>((room, actor, _) => room.Edit(actor, company, edit, null), _ => ["security", "edit", "--company", company, .. options]);
        Wrong Number(int number, Func<int, SecurityEdit> edit, string option) => Policy("Acme", edit(number), option, $"{number}");
        var good = new HostLink("https://x.test", "link", "One", "Uno", "Um");
        int[] extremes = [int.MinValue, -1, int.MaxValue];
        return
        [
            Reads("Companies.Show", "company show", When<CompanyDetails, Companies>((room, actor, _) => room.Show(actor, "None"), _ => ["company", "show", "None"])),
            Operator("Companies.Create", "company create"),
            Operator("CompanyAccess.SetStatus", "company suspend"),
            Operator("CompanyAccess.SetAddOn", "company addon off"),
            Both(
                "Companies.Edit", "company edit",
                [
                    Edit("None", new("Fresh"), "--name", "Fresh"), Edit("Acme", new(""), "--name", ""), Edit("Acme", new(Things.Long), "--name", Things.Long), Edit("Acme", new(Things.Turned), "--name", Things.Turned), Edit("Acme", new("other"), "--name", "other"),
                    Edit("Acme", new(Language: "xx"), "--language", "xx"), Edit("Acme", new(TimeZone: "../../etc/passwd"), "--time-zone", "../../etc/passwd"), Edit("Acme", new(TimeZone: ""), "--time-zone", ""),
                    Edit("Acme", new(Contact: new string('x', 201)), "--contact", new string('x', 201)), Edit("Acme", new(Contact: Things.Turned), "--contact", Things.Turned),
                    .. Addresses.Select(address => Links(good with { Address = address })),
                    Links(good with { Icon = "skull" }), Links(good with { English = "" }), Links(good with { Spanish = new string('x', 41) }), Links(good with { Portuguese = Things.Turned }),
                ]),
            Both("CompanyLinks.Add", "company link add", [Link("None", good), Link("Acme", good, 0), Link("Acme", good, 3), Link("Acme", good, int.MaxValue), Link("Acme", good, int.MinValue), .. Addresses.Select(address => Link("Acme", good with { Address = address }))]),
            Both("CompanyLinks.Remove", "company link remove", [.. extremes.Append(0).Append(2).Select(number => When<CompanyDetails, CompanyLinks>((room, actor, _) => room.Remove(actor, "Acme", number), _ => ["company", "link", "remove", $"{number}", "--company", "Acme"]))]),
            Both("CompanyLinks.Move", "company link move", [.. extremes.Append(0).Append(2).Select(number => When<CompanyDetails, CompanyLinks>((room, actor, _) => room.Move(actor, "Acme", 1, number), _ => ["company", "link", "move", "1", $"{number}", "--company", "Acme"]))]),
            Both("CompanyLinks.Reset", "company link reset", When<CompanyDetails, CompanyLinks>((room, actor, _) => room.Reset(actor, "None"), _ => ["company", "link", "reset", "--company", "None"])),
            Reads("SecurityPolicies.Show", "security show", When<CompanyPolicy, SecurityPolicies>((room, actor, _) => room.Show(actor, "None"), _ => ["security", "show", "--company", "None"])),
            Both(
                "SecurityPolicies.Edit", "security edit",
                [
                    Policy("None", new() { IdleMinutes = 20 }, "--idle-minutes", "20"), Policy("Acme", new()), Policy("Acme", new() { SessionHours = 1, IdleMinutes = 61 }, "--session-hours", "1", "--idle-minutes", "61"),
                    .. extremes.Append(0).Append(65).Select(number => Number(number, value => new() { PasswordLength = value }, "--password-length")),
                    .. extremes.Append(61).Select(number => Number(number, value => new() { PasswordMonths = value }, "--password-months")),
                    .. extremes.Append(0).Append(21).Select(number => Number(number, value => new() { LockOutAttempts = value }, "--lock-out-attempts")),
                    .. extremes.Append(1441).Select(number => Number(number, value => new() { LockOutMinutes = value }, "--lock-out-minutes")),
                    .. extremes.Append(0).Append(1441).Select(number => Number(number, value => new() { IdleMinutes = value }, "--idle-minutes")),
                    .. extremes.Append(0).Append(169).Select(number => Number(number, value => new() { SessionHours = value }, "--session-hours")),
                    When<CompanyPolicy, SecurityPolicies>(
                        (room, actor, of) => room.Edit(actor, "Acme", new() { KnownPasswords = File.ReadAllText(Path.Combine(of.Folder, "many")) }, null),
                        of => ["security", "edit", "--company", "Acme", "--known-passwords-file", Path.Combine(of.Folder, "many")]),
                    When<CompanyPolicy, SecurityPolicies>(
                        (room, actor, of) => room.Edit(actor, "Acme", new() { KnownPasswords = File.ReadAllText(Path.Combine(of.Folder, "long")) }, null),
                        of => ["security", "edit", "--company", "Acme", "--known-passwords-file", Path.Combine(of.Folder, "long")]),
                ]),
            Operator("SigningKeys.Rotate", "keys rotate"),
            Operator("SigningKeys.ReplaceCompromised", "keys rotate"),
            Operator("Resealing.Reseal", "keys reseal"),
            Operator("Restoration.Restored", "restored"),
        ];
    }

    private static string[] Addresses =>
    [
        "", "x", "http://x.test", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x.test", "/x", "https://", "https://a:b@x.test", "https://a@x.test",
        "https://x.test/\u202Ecod.exe", "https://x.test/\u0000", "https://x.test/\r\nX: y", "https://x.test/a b", "https://x.test/" + new string('x', 2000), "\u200Bhttps://x.test", "view-source:https://x.test", "https://x.test/\uFFFE", "https://\uFFFE.test", "blob:https://x.test/1",
    ];

    private static Door[] PersonDoors()
    {
        Wrong Edit(Func<Things, string> who, PersonEdit edit, params string[] options) => When<User, PersonEdits>((room, actor, of) => room.Edit(actor, who(of), edit), of => ["user", "edit", who(of), .. options]);
        Wrong Invite(string company, NewInvitation typed, params string[] options) => When<DeliveredLink, Invitations>(
            (room, actor, _) => room.Invite(actor, company, typed), _ => ["user", "invite", "--company", company, "--email", typed.Email!, "--role", UserStore.RoleText(typed.Role), .. options]);
        Wrong On<T, TRoom>(Func<TRoom, Actor, string, Task<Outcome<T>>> page, string command, Func<Things, string> who, params string[] rest)
            where T : notnull
            where TRoom : notnull => When<T, TRoom>((room, actor, of) => page(room, actor, who(of)), of => ["user", command, who(of), .. rest]);
        Wrong Password(Func<Things, string> who, string password) => When<User, UserAccounts>((room, actor, of) => room.ResetPassword(actor, who(of), password, removeSecondFactor: false), of => ["user", "reset-password", who(of)], password + "\n");
        static string None(Things of) => "nobody@acme.test";
        static string Person(Things of) => of.Person;
        static string Invited(Things of) => of.Invited;
        static string Barred(Things of) => of.Barred;
        static string Admin(Things of) => of.Admin;
        var fresh = new NewInvitation("fresh@acme.test", null, UserRole.User, null);
        return
        [
            Reads("PersonLists.Page", "user list", When<PeoplePage, PersonLists>((room, actor, _) => room.Page(actor, "None", new()), _ => ["user", "list", "--company", "None"])),
            Reads("PersonLists.All", "user list"),
            Reads("PersonLists.Export", "user list"),
            Reads("PersonLists.Groups", "group list"),
            Reads("UserAccounts.Show", "user show", On<PersonDetails, UserAccounts>((room, actor, who) => room.Show(actor, who), "show", None), On<PersonDetails, UserAccounts>((room, actor, who) => room.Show(actor, who), "show", _ => Guid.Empty.ToString()), On<PersonDetails, UserAccounts>((room, actor, who) => room.Show(actor, who), "show", _ => "\u0000")),
            Operator("UserAccounts.Create", "user create"),
            Operator("Persons.Create", "user create"),
            Both(
                "PersonEdits.Edit", "user edit",
                Edit(None, new() { Name = "Fresh" }, "--name", "Fresh"), Edit(Person, new() { Name = "" }, "--name", ""), Edit(Person, new() { Name = Things.Long }, "--name", Things.Long), Edit(Person, new() { Name = Things.Turned }, "--name", Things.Turned),
                Edit(Person, new() { Email = "no address" }, "--email", "no address"), Edit(Person, new() { Email = "barred@acme.test" }, "--email", "barred@acme.test"), Edit(Person, new() { Group = "None" }, "--group", "None"),
                Edit(Person, new() { MayAssign = ["Viewers"] }, "--may-assign", "Viewers"), Edit(Person, new() { Role = UserRole.IntegrationDeveloper, MayAssign = ["None"] }, "--role", "integration_developer", "--may-assign", "None"),
                Edit(Person, new() { Role = UserRole.User }, "--role", "user"), Edit(Admin, new() { Role = UserRole.Auditor }, "--role", "auditor")),
            Both(
                "Invitations.Invite", "user invite",
                Invite("None", fresh), Invite("Acme", fresh with { Email = "no address" }), Invite("Acme", fresh with { Email = "" }), Invite("Acme", fresh with { Email = "a\uFFFE@acme.test" }), Invite("Acme", fresh with { Email = "barred@acme.test" }), Invite("Acme", fresh with { Name = Things.Turned }, "--name", Things.Turned),
                Invite("Acme", fresh with { Group = "None" }, "--group", "None"), Invite("Acme", fresh with { MayAssign = ["Viewers"] }, "--may-assign", "Viewers")),
            Both("Invitations.Renew", "user invite-again", On<DeliveredLink, Invitations>((room, actor, who) => room.Renew(actor, who), "invite-again", None), On<DeliveredLink, Invitations>((room, actor, who) => room.Renew(actor, who), "invite-again", Person)),
            Both("Invitations.Withdraw", "user withdraw", On<User, Invitations>((room, actor, who) => room.Withdraw(actor, who), "withdraw", None), On<User, Invitations>((room, actor, who) => room.Withdraw(actor, who), "withdraw", Barred)),
            Both("Invitations.ForPassword", "user reset-password", [.. new[] { None, Invited, Barred }.Select(who => On<DeliveredLink, Invitations>((room, actor, whose) => room.ForPassword(actor, whose), "reset-password", who, "--link"))]),
            Both("UserAccounts.ResetPassword", "user reset-password", Password(None, "four words in a row"), Password(Invited, "four words in a row"), Password(Person, "short"), Password(Person, "qwertyuiopasdfghjkl"), Password(Person, new string('x', 129))),
            Both("Passwords.Reset", "user reset-password", When<User, Passwords>((room, actor, _) => room.Reset(actor, "nobody@acme.test", "four words in a row"), _ => ["user", "reset-password", "nobody@acme.test"], "four words in a row\n")),
            Both("Passwords.Unlock", "user unlock", On<User, Passwords>((room, actor, who) => room.Unlock(actor, who), "unlock", None)),
            Both("Persons.Disable", "user disable", [.. new[] { None, Invited, Barred, Admin }.Select(who => On<User, Persons>((room, actor, whose) => room.Disable(actor, whose), "disable", who))]),
            Both("Persons.Enable", "user enable", [.. new[] { None, Invited, Person }.Select(who => On<User, Persons>((room, actor, whose) => room.Enable(actor, whose), "enable", who))]),
            Reads("Persons.Sessions", "user sessions", On<IReadOnlyList<PersonSession>, Persons>((room, actor, who) => room.Sessions(actor, who), "sessions", None)),
            Both("Persons.EndSessions", "user sessions", On<int, Persons>((room, actor, who) => room.EndSessions(actor, who), "sessions", None, "--end")),
            Both(
                "Persons.EndSession", "user sessions",
                On<Guid, Persons>((room, actor, who) => room.EndSession(actor, who, Guid.Empty), "sessions", None, "--end-one", Guid.Empty.ToString()), On<Guid, Persons>((room, actor, who) => room.EndSession(actor, who, Guid.Empty), "sessions", Person, "--end-one", Guid.Empty.ToString())),
            Both("SecondFactors.RemoveOf", "user remove-second-factor", On<User, SecondFactors>((room, actor, who) => room.RemoveOf(actor, who), "remove-second-factor", None), On<User, SecondFactors>((room, actor, who) => room.RemoveOf(actor, who), "remove-second-factor", Person)),
            Both("Passkeys.RemoveAllOf", "user remove-passkeys", On<int, Passkeys>((room, actor, who) => room.RemoveAllOf(actor, who), "remove-passkeys", None)),
        ];
    }

    private static Door[] LogDoors() =>
    [
        Reads("LogLists.Page", "log export", When<LogPage, LogLists>((room, actor, _) => room.Page(actor, "None", new(), 10), _ => ["log", "export", "--company", "None", "--csv"])),
        Reads("LogLists.Show", "log export", When<ShownLog, LogLists>((room, actor, _) => room.Show(actor, "None", new(), 10), _ => ["log", "export", "--company", "None", "--text", "x"])),
        Reads("LogExport.Records", "log export", When<long, LogExport>((room, actor, _) => room.Records(actor, "None", new(), LogFormat.Csv, [], () => Task.FromResult(TextWriter.Null)), _ => ["log", "export", "--company", "None", "--csv"])),
        Reads("LogLists.Verify", "log verify"),
    ];

    private static IEnumerable<Door> OwnDoors() => new[]
    {
        "PersonalApps.Revoke", "PersonalApps.EndDevice", "TokenFamilies.EndOf", "Passkeys.Add", "Passkeys.Rename", "Passkeys.Remove", "Passwords.Change", "SecondFactors.Confirm", "SecondFactors.Remove", "SecondFactors.Renew",
    }.Select(function => PageAlone(function, Own));
}
