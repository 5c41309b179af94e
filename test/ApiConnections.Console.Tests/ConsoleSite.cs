using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>A running server with a super administrator, and enough data for a console that looks as after some months; one for all tests of a class.</summary>
public sealed class ConsoleSite : IAsyncLifetime
{
    public const string Path = "/settings/api-connections";
    public const string Consumers = Path + "/consumers";
    public const string Authorizations = Path + "/authorizations";
    public const string Apis = Path + "/apis";
    public const string Groups = "/settings/modules";
    public const string General = "/settings/general";
    public const string People = "/settings/users";
    public const string Security = "/settings/security";
    public const string Admin = "marta.silva@acme.test";

    public Site Site { get; private set; } = null!;

    public Installation Installation => Site.Installation;

    public Node Node => Site.Node;

    /// <summary>Of a program without a user, which has asked for tokens and was refused.</summary>
    public TestConsumer Program { get; private set; } = null!;

    /// <summary>The group of people and of their app.</summary>
    public Guid Group { get; private set; }

    /// <summary>The key of the API that tokens are for.</summary>
    public string Api { get; private set; } = "";

    /// <summary>Somebody who can sign in.</summary>
    public Guid Person { get; private set; }

    /// <summary>The administrator.</summary>
    public Guid Self { get; private set; }

    /// <summary>Somebody who has not accepted the invitation yet.</summary>
    public Guid Invited { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Site = await Site.StartOnLocalhost();
        await Installation.DoWith(Site.Password, "user", "create", "--company", "Acme", "--email", Admin, "--name", "Marta Silva", "--role", "super_administrator", "--group", "Technicians");
        var made = await Installation.Reveal("consumer", "create", "--company", "Acme", "--name", "Nightly report", "--grant", "client_credentials", "--group", "Viewers", "--description", "Copies open work orders into the data warehouse every night.");
        Program = new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, "Nightly report", made.GetProperty("scope").GetString()!);
        var invited = await Installation.Reveal("user", "invite", "--email", "ines.rojas@acme.test", "--name", "Inés Rojas", "--role", "integration_developer", "--may-assign", "Viewers");
        Installation.Watch(invited.GetProperty("link").GetString()!.Split('/')[^1]);
        Invited = invited.GetProperty("id").GetGuid();
        Person = (await Installation.Query<Guid>($"select id from users where email = '{Site.Email}'")).Single();
        Self = (await Installation.Query<Guid>($"select id from users where email = '{Admin}'")).Single();
        Group = (await Installation.Query<Guid>("select id from permission_groups where name = 'Technicians'")).Single();
        Api = (await Installation.Do("api", "list")).EnumerateArray().First().GetProperty("key").GetString()!;
        await Fill(60);
        await Allow(40);
        await Node.Token(Program);
        await Node.Token(Program, ("scope", "warehouses:delete"));
        await Node.Token(Program with { Secret = "acs_wrong" });
    }

    public ValueTask DisposeAsync() => Site.DisposeAsync();

    /// <summary>More consumers, copied from the one that is there.</summary>
    public Task Fill(int count) => Installation.Execute(
        $"""
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})
        insert into consumers (key, company_id, name, name_key, search_key, description, grant_type, confidential, callback_urls, group_id, required_scopes, status, generation, grants_from, options, created_at, created_by, version)
        select substr(upper(hex(randomblob(16))), 1, 20), c.company_id, 'Integration ' || n, 'integration ' || n, 'integration ' || n, '', c.grant_type, 1, '', c.group_id, '', case when n % 9 = 0 then 'disabled' else 'active' end, 1, 1, c.options, c.created_at, c.created_by, 1
        from consumers c cross join numbers where c.name = 'Nightly report'
        """);

    /// <summary>People who allow the app that is there, each with an authorization of the last weeks; some were used.</summary>
    public async Task Allow(int count)
    {
        await Installation.Execute(
            $"""
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})
            insert into users (id, company_id, email, email_key, name, name_key, role, group_id, status, generation, grants_from, created_at, password_hash, stamp)
            select randomblob(16), company_id, 'technician' || n || '@acme.test', 'technician' || n || '@acme.test', 'Technician ' || n, 'technician ' || n, role, group_id, status, 1, 1, created_at, password_hash, stamp
            from users cross join numbers where email = '{Site.Email}'
            """);
        await Installation.Execute(
            $"""
            insert into authorizations (id, company_id, consumer, user_id, scope, declined, status, created_at)
            select randomblob(16), company_id, '{Site.Consumer.Key}', id, 'assets:view tasks:edit tasks:view', '', 'live', created_at - length(email) * 86400000 from users where email like 'technician%'
            """);
        await Installation.Execute(
            "insert into authorization_activity (authorization_id, last_accessed_at, last_accessed_ip, uses) select a.id, a.created_at, '198.51.100.7', 12 from authorizations a join users u on u.id = a.user_id where u.email like 'technician_@%'");
    }

    /// <summary>A browser in which the administrator is signed in, on a page of the console.</summary>
    public async Task<IPage> Open(Chromium chromium, string path, Window? window = null, string email = Admin)
    {
        var page = await chromium.Open(window);
        await page.GotoAsync($"{Node.Issuer}/signin?return={Uri.EscapeDataString(path)}");
        await page.SignIn(email, Site.Password);
        await page.ShouldReach(Node.Issuer + path);
        return page;
    }
}
