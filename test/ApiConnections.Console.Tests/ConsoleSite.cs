using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>A running server with a super administrator, and enough data for a console that looks as after some months; one for all tests of a class.</summary>
public sealed class ConsoleSite : IAsyncLifetime
{
    public const string Path = "/settings/api-connections";
    public const string Consumers = Path + "/consumers";
    public const string Admin = "marta.silva@acme.test";

    public Site Site { get; private set; } = null!;

    public Installation Installation => Site.Installation;

    public Node Node => Site.Node;

    /// <summary>Of a program without a user, which has asked for tokens and was refused.</summary>
    public TestConsumer Program { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await Site.Start();
        await Installation.DoWith(Site.Password, "user", "create", "--company", "Acme", "--email", Admin, "--name", "Marta Silva", "--role", "super_administrator", "--group", "Technicians");
        var made = await Installation.Reveal("consumer", "create", "--company", "Acme", "--name", "Nightly report", "--grant", "client_credentials", "--group", "Viewers", "--description", "Copies open work orders into the data warehouse every night.");
        Program = new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, "Nightly report", made.GetProperty("scope").GetString()!);
        await Fill(60);
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
