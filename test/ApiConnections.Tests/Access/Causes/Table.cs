using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using static ApiConnections.Tests.Access.Causes.Effect;

namespace ApiConnections.Tests.Access.Causes;

/// <summary>
/// Every cause that ends or narrows what was issued, and what it does to each thing. The tests hold the program to this table, and
/// <c>docs/operators/what-ends-what.md</c> is made from it.
/// </summary>
internal static class Table
{
    public static readonly Cause[] Causes =
    [
        new("app authorization revoked by an administrator", "authorization revoke ID")
        {
            Do = world => world.Run("authorization", "revoke", world.Open.AuthorizationId.ToString()),
            Token = Dead, Code = Dead, Refresh = Dead, Records = "authorization.revoke", Changes = "authorization*",
        },
        new("all app authorizations of a consumer revoked", "authorization revoke-all KEY")
        {
            Do = world => world.Run("authorization", "revoke-all", world.App.Key),
            Token = Dead, Code = Dead, Refresh = Dead, Records = "authorization.revoke_all", Changes = "consumer*",
        },
        new("app authorization revoked by the person", "/account/apps")
        {
            Do = world => world.Submit("/account/apps", ("revoke", world.Open.AuthorizationId.ToString())),
            Token = Dead, Code = Dead, Refresh = Dead, Records = "authorization.revoke", Changes = "authorization*",
        },
        new("one device ended by the person", "/account/apps")
        {
            Do = world => world.Submit("/account/apps", ("device", world.Device.Claims.GetProperty("family_id").GetString())),
            Token = Dead, Refresh = Dead, Records = "family.end", Changes = "family*",
        },
        new("code replayed by its own app", "after five seconds")
        {
            Do = async world =>
            {
                world.Installation.Clock.Advance(TimeSpan.FromSeconds(6));
                (await world.Node.Redeem(world.Installation, world.App, world.Redeemed)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
            },
            Token = Dead, Refresh = Dead, Records = "family.end", Changes = "family*",
        },
        new("refresh token reused", "one that was replaced before the last, or longer than 30 seconds ago")
        {
            Before = async world =>
            {
                for (var i = 0; i < 2; i++)
                    world.RefreshToken = (await world.Node.Refresh(world.Installation, world.App, world.RefreshToken)).RefreshToken!;
            },
            Do = async world => (await world.Node.Refresh(world.Installation, world.App, world.Device.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant"),
            Token = Dead, Refresh = Dead, Records = "family.end", Changes = "family*",
        },
        new("refresh token revoked by its app", "/oauth/revoke")
        {
            Do = async world => (await world.Node.Revoke(world.Installation, world.App, world.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK),
            Token = Dead, Refresh = Dead, Records = "family.end", Changes = "family*",
        },
        new("access token revoked by its app", "/oauth/revoke")
        {
            Do = async world => (await world.Node.Revoke(world.Installation, world.App, world.Device.AccessToken)).Status.ShouldBe(HttpStatusCode.OK),
            Token = Dead, Records = "access_token.revoke", Changes = "token*",
        },
        new("consumer deleted", "consumer delete KEY")
        {
            Do = world => world.Run("consumer", "delete", world.App.Key),
            Token = Dead, Code = Dead, Refresh = Dead, Records = "consumer.delete", Changes = "consumer*",
        },
        new("tokens of a consumer revoked", "consumer revoke-tokens KEY")
        {
            Do = world => world.Run("consumer", "revoke-tokens", world.App.Key),
            Token = Dead, Code = Dead, Refresh = Dead, Records = "consumer.revoke_tokens", Changes = "consumer*",
        },
        new("user disabled", "user disable EMAIL")
        {
            Do = world => world.Run("user", "disable", world.Person.Email),
            Undo = world => world.Run("user", "enable", world.Person.Email),
            Token = Dead, Code = Dead, Refresh = Dead, Session = Dead, Records = "user.disable", Changes = "user*",
        },
        new("password reset", "user reset-password EMAIL")
        {
            Do = world => world.Installation.DoWith(World.Fresh, "user", "reset-password", world.Person.Email),
            Token = Dead, Code = Dead, Refresh = Dead, Session = Dead, Records = "password.reset", Changes = "user*",
        },
        new("password changed by the person", "/account/password, from another session")
        {
            Do = async world =>
            {
                await world.Second.Get("/account/password");
                (await world.Second.Submit("/account/password", ("current", World.Password), ("new", World.Fresh))).Status.ShouldBe(HttpStatusCode.SeeOther);
            },
            Token = Dead, Code = Dead, Refresh = Dead, Session = Dead, Records = "password.change", Changes = "user*",
        },
        new("sessions of a user ended", "user sessions EMAIL --end")
        {
            Do = world => world.Run("user", "sessions", world.Person.Email, "--end"),
            Session = Dead, Records = "session.end_all",
        },
        new("consumer disabled", "consumer disable KEY")
        {
            Do = world => world.Run("consumer", "disable", world.App.Key),
            Undo = world => world.Run("consumer", "enable", world.App.Key),
            Token = Dead, Code = Refused, Refresh = Refused, Records = "consumer.disable", Changes = "consumer*",
        },
        new("company suspended", "company suspend COMPANY")
        {
            Do = world => world.Run("company", "suspend", world.Company),
            Undo = world => world.Run("company", "resume", world.Company),
            Token = Dead, Code = Refused, Refresh = Refused, Others = Dead, Records = "company.suspend", Changes = "company*",
        },
        new("API Connections switched off for a company", "company addon off COMPANY")
        {
            Do = world => world.Run("company", "addon", "off", world.Company),
            Undo = world => world.Run("company", "addon", "on", world.Company),
            Token = Dead, Code = Refused, Refresh = Refused, Others = Dead, Records = "company.addon_off", Changes = "company*",
        },
        new("permission group narrowed", "group edit NAME --scopes …")
        {
            Do = world => world.Run("group", "edit", "Viewers", "--company", world.Company, "--scopes", "assets:view"),
            // The group of both apps and both persons: a change for each of them.
            Token = Dead, Code = Narrower, Refresh = Narrower, Others = Dead, Records = "group.edit", Changes = "group consumer* consumer* user* user*",
        },
        new("permission group widened", "group edit NAME --scopes …")
        {
            Do = world => world.Run("group", "edit", "Viewers", "--company", world.Company, "--scopes", "assets:view tasks:view tasks:edit"),
            Records = "group.edit", Changes = "group",
        },
        new("consumer moved to a narrower group", "consumer edit KEY --group NAME")
        {
            Do = world => world.Run("consumer", "edit", world.App.Key, "--group", "Assets only"),
            Token = Dead, Code = Narrower, Refresh = Narrower, Records = "consumer.move", Changes = "consumer*",
        },
        new("consumer moved to a wider group", "consumer edit KEY --group NAME")
        {
            Do = world => world.Run("consumer", "edit", world.App.Key, "--group", "Wide"),
            Records = "consumer.move", Changes = "consumer",
        },
        new("user moved to a narrower group", "user edit EMAIL --group NAME")
        {
            Do = world => world.Run("user", "edit", world.Person.Email, "--group", "Assets only"),
            Token = Dead, Code = Narrower, Refresh = Narrower, Records = "user.move", Changes = "user*",
        },
        new("user moved to a wider group", "user edit EMAIL --group NAME")
        {
            Do = world => world.Run("user", "edit", world.Person.Email, "--group", "Wide"),
            Records = "user.move",
        },
        new("user taken out of their group", "user edit EMAIL --no-group")
        {
            Do = world => world.Run("user", "edit", world.Person.Email, "--no-group"),
            Undo = world => world.Run("user", "edit", world.Person.Email, "--group", "Viewers"),
            Token = Dead, Code = Refused, Refresh = Refused, Records = "user.move", Changes = "user*",
        },
        new("module switched off", "module off NAME")
        {
            Do = world => world.Run("module", "off", "tasks", "--company", world.Company),
            Token = Dead, Code = Narrower, Refresh = Narrower, Others = Dead, Records = "module.off", Changes = "company company*",
        },
        new("signing key compromised", "keys rotate --compromised")
        {
            Do = world => world.Run("keys", "rotate", "--compromised"),
            Token = Dead, Others = Dead, Records = "key.compromised", Changes = "key*",
        },
        new("one secret of several revoked", "secret revoke KEY SECRET")
        {
            Do = async world => await world.Run("secret", "revoke", world.App.Key, await Spare(world)),
            Records = "secret.revoke", Changes = "consumer secret",
        },
        new("one secret of several revoked, with the tokens", "secret revoke KEY SECRET --revoke-tokens")
        {
            Do = async world => await world.Run("secret", "revoke", world.App.Key, await Spare(world), "--revoke-tokens"),
            Token = Dead, Code = Dead, Refresh = Dead, Records = "secret.revoke", Changes = "consumer* secret",
        },
        new("backup restored", "restore FILE, restored")
        {
            Alone = true,
            Do = async world =>
            {
                // As other tools put a database back: with no server on it.
                await world.Node.Stop();
                await world.Run("restored");
            },
            Token = Dead, Code = Dead, Refresh = Dead, Session = Dead, Others = Dead,
            // The installation's, and one in each of its two companies.
            Records = "installation.restored installation.restored installation.restored", Changes = "key*",
        },
    ];

    private static readonly string[] words = ["authorization", "consumer", "user", "company", "group", "module", "keys", "secret", "restore"];

    public static Cause Of(string name) => Causes.Single(cause => cause.Name == name);

    /// <summary>The rows as the document shows them.</summary>
    public static IEnumerable<string> Rows() =>
    [
        "| what happened | door | access token at the APIs | unredeemed code | refresh token | signed in | others of the company |",
        "|---|---|---|---|---|---|---|",
        .. Causes.Select(cause => $"| {cause.Name} | {DoorOf(cause)} | {Word(cause.Token)} | {Word(cause.Code)} | {Word(cause.Refresh)} | {Word(cause.Session)} | {Word(cause.Others)} |"),
    ];

    private static string DoorOf(Cause cause) => words.Contains(cause.Door.Split(' ')[0]) ? $"`{cause.Door}`" : cause.Door;

    private static string Word(Effect effect) => effect switch
    {
        Narrower => "narrower",
        Refused => "refused meanwhile",
        Dead => "**dead**",
        _ => "–",
    };

    private static async Task<string> Spare(World world) =>
        (await world.Installation.Do("consumer", "show", world.App.Key)).GetProperty("secrets").EnumerateArray().Single(secret => secret.GetProperty("label").GetString() == "spare").GetProperty("id").GetString()!;
}
