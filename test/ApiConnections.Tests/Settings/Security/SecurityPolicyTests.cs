using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Settings.Security;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Settings.Security;

/// <summary>What a company asks of how its people sign in: edited, refused, recorded.</summary>
public sealed class SecurityPolicyTests
{
    [Theory, Engines]
    public async Task A_new_company_has_the_policy_by_default_and_an_edit_changes_only_what_it_names(On engine)
    {
        await using var installation = await Installation.New(engine);

        var before = await installation.Do("security", "show");
        before.ToString().ShouldBe("""{"company":"Acme","password_length":10,"password_months":null,"known_passwords":0,"lock_out_attempts":5,"lock_out_minutes":null,"idle_minutes":30,"session_hours":8,"second_factor":"nobody","without_second_factor":0,"version":1}""");
        await installation.Do("security", "edit", "--password-length", "14", "--second-factor", "administrators");
        var after = await installation.Do("security", "edit", "--idle-minutes", "45", "--lock-out-minutes", "15", "--password-months", "12");

        after.ToString().ShouldBe("""{"company":"Acme","password_length":14,"password_months":12,"known_passwords":0,"lock_out_attempts":5,"lock_out_minutes":15,"idle_minutes":45,"session_hours":8,"second_factor":"administrators","without_second_factor":0,"version":3}""");
        (await installation.Do("security", "edit", "--password-months", "0", "--lock-out-minutes", "0")).GetProperty("password_months").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        (await installation.Run("security", "show")).Output.ShouldContain("never asked for");
        (await installation.Query<string>("select security from companies")).ShouldBe(["""{"password_length":14,"lock_out_attempts":5,"idle_minutes":45,"session_hours":8,"second_factor":"administrators"}"""]);
    }

    [Theory, Engines]
    public async Task An_edit_is_recorded_with_before_and_after_and_without_the_passwords_of_the_list(On engine)
    {
        await using var installation = await Installation.New(engine);
        var file = Path.Combine(installation.Folder, "known.txt");
        await File.WriteAllTextAsync(file, "Acme Rocks\r\n\nacmerocks\nWarehouse Seven\n");
        installation.Watch("Warehouse Seven");
        var changes = await installation.Count("changes");

        (await installation.Do("security", "edit", "--known-passwords-file", file, "--session-hours", "12")).GetProperty("known_passwords").GetInt32().ShouldBe(2);

        var data = (await installation.Query<string>("select data from transactions_log where action = 'security_policy.edit'")).ShouldHaveSingleItem();
        data.ShouldContain("\"before\":{\"password_length\":10");
        data.ShouldContain("\"session_hours\":8");
        data.ShouldContain("\"session_hours\":12");
        data.ShouldContain("\"known_passwords_added\":2");
        data.ShouldNotContain("Warehouse");
        (await installation.Count("changes")).ShouldBe(changes, "nodes read policies anew");
        await File.WriteAllTextAsync(file, "");
        (await installation.Do("security", "edit", "--known-passwords-file", file)).GetProperty("known_passwords").GetInt32().ShouldBe(0);
        await installation.Do("log", "verify");
    }

    [Theory]
    [InlineData("--password-length 7", "The minimum length of a password is 8 to 64 characters.")]
    [InlineData("--password-length 65", "The minimum length of a password is 8 to 64 characters.")]
    [InlineData("--password-months 61", "A password is changed after 1 to 60 months, or never.")]
    [InlineData("--password-months -1", "A password is changed after 1 to 60 months, or never.")]
    [InlineData("--lock-out-attempts 2", "The wait begins after 3 to 20 failed sign-ins.")]
    [InlineData("--lock-out-minutes 1441", "The wait is 1 to 1,440 minutes, or grows from two seconds to a minute.")]
    [InlineData("--idle-minutes 4", "A session without a request ends after 5 to 1,440 minutes.")]
    [InlineData("--session-hours 169", "A session ends after 1 to 168 hours.")]
    [InlineData("--session-hours 0", "A session ends after 1 to 168 hours.")]
    [InlineData("--idle-minutes 61 --session-hours 1", "The time without a request cannot be longer than the whole session.")]
    [InlineData("--password-length 10", "Everything is like that already; nothing has changed.")]
    [InlineData("--known-passwords-file /nowhere", "/nowhere is no file, or larger than 1 MB.")]
    [InlineData("--company Nobody", "There is no company \"Nobody\".")]
    public async Task What_cannot_be_taken_is_refused_with_why_and_changes_nothing(string options, string why)
    {
        await using var installation = await Installation.New(On.Sqlite);

        var result = await installation.Run(["security", "edit", .. options.Split(' ')]);

        (result.Exit, result.Error.Trim(), result.Output).ShouldBe((1, why, ""));
        (await installation.Count("companies where security_version = 1 and security = '{}'")).ShouldBe(1);
        (await installation.Count("transactions_log where action = 'security_policy.edit'")).ShouldBe(0);
        (await installation.Run("security", "edit", "--second-factor", "some")).Exit.ShouldBe(2);
    }

    [Theory, Engines]
    public async Task Of_two_who_edit_the_same_version_the_second_is_told(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var policies = node.App.Services.GetRequiredService<SecurityPolicies>();
        var shown = (await policies.Show(Actor.CommandLine, "Acme")).Granted();

        var both = await Task.WhenAll(Enumerable.Range(1, 4).Select(hours => policies.Edit(Actor.CommandLine, "Acme", new() { SessionHours = 20 + hours }, shown.Version)));

        both.Count(outcome => outcome.TryGet(out _, out _)).ShouldBe(1);
        both.Where(outcome => !outcome.TryGet(out _, out _)).ShouldAllBe(outcome => outcome.Refused() == Refused.ChangedMeanwhile);
        (await installation.Count("transactions_log where action = 'security_policy.edit'")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_list_that_is_too_long_or_holds_what_is_no_password_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var policies = node.App.Services.GetRequiredService<SecurityPolicies>();

        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = string.Join('\n', Enumerable.Range(0, 1001).Select(number => "word " + number)) }, null)).Refused().Reason.ShouldBe("The list holds at most 1000 passwords.");
        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = new string('x', 129) }, null)).RefusedAs().ShouldBe("invalid");
        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = "with\0nothing" }, null)).RefusedAs().ShouldBe("invalid");
        (await policies.Edit(Actor.CommandLine, null, new() { KnownPasswords = string.Join('\n', Enumerable.Range(0, 1000).Select(number => "word " + number)) }, null)).Granted().Policy.KnownPasswords.Count.ShouldBe(1000);
    }
}
