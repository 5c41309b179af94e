using ApiConnections.Server.Storage;
using Shouldly;

namespace ApiConnections.Tests.Support;

/// <summary>Somebody who has a passkey, at a node whose address browsers make them for.</summary>
internal sealed class PasskeyHolder(Node node, Installation installation, Login login, Authenticator passkey) : IDisposable
{
    public Node Node => node;

    public Login Login => login;

    public Authenticator Passkey => passkey;

    public static async Task<PasskeyHolder> New(Installation installation, bool synced = true)
    {
        var node = await installation.Start(settings: Node.OnLocalhost);
        var login = await installation.Login();
        var passkey = new Authenticator(node.Issuer) { Synced = synced };
        await Add(node, installation, login, passkey, "Phone");
        return new PasskeyHolder(node, installation, login, passkey);
    }

    /// <summary>Adds a passkey as its person does, in a browser where they are signed in.</summary>
    public static async Task Add(Node node, Installation installation, Login login, Authenticator passkey, string name)
    {
        using var browser = node.Browser(installation);
        var user = (await installation.Read(session => UserStore.FindByEmail(session, login.Email)))!;
        await browser.SignIn(new TestPerson(user.Id, user.Email, user.Name));
        var asked = await Ask(browser, login, name);
        (await browser.Submit("/account/passkeys/new", ("credential", passkey.Make(asked)))).Location.ShouldBe("/account/passkeys?done=passkey_added");
    }

    /// <summary>The page that asks the browser for a new passkey.</summary>
    public static async Task<PageAnswer> Ask(Browser browser, Login login, string name = "Phone")
    {
        await browser.Get("/account/passkeys");
        return await browser.Submit("/account/passkeys", ("name", name), ("password", login.Password));
    }

    /// <summary>Signs in with the passkey in a new browser.</summary>
    /// <returns>Whether they were let in.</returns>
    public async Task<bool> SignIn()
    {
        using var browser = node.Browser(installation);
        var page = await browser.Get("/signin/passkey");
        return (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Location == "/account/apps" && await browser.IsSignedIn();
    }

    public void Dispose() => passkey.Dispose();
}
