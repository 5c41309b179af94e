using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Commands;

/// <summary>A setting that is wrong stops every command and the start, with its full name and why.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("ApiConnections:Issuer", "")]
    [InlineData("ApiConnections:Issuer", "access.example.com")]
    [InlineData("ApiConnections:Issuer", "ftp://access.example.com")]
    [InlineData("ApiConnections:Issuer", "http://access.example.com")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com/")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com?x=1")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com#x")]
    [InlineData("ApiConnections:Issuer", "https://me@access.example.com")]
    [InlineData("ApiConnections:Issuer", "https://Access.Example.com")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com:443")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com/a/../b")]
    [InlineData("ApiConnections:Issuer", " https://access.example.com")]
    [InlineData("ApiConnections:Data", "")]
    [InlineData("ApiConnections:Database:Engine", "mysql")]
    [InlineData("ApiConnections:Database:Engine", "")]
    [InlineData("ApiConnections:Database:Connections", "1")]
    [InlineData("ApiConnections:Database:Connections", "many")]
    [InlineData("ApiConnections:Keys:EncryptionKey", "dG9vIHNob3J0")]
    [InlineData("ApiConnections:Keys:EncryptionKey", "not base64 at all")]
    [InlineData("ApiConnections:Keys:EncryptionKeyFile", "/nowhere/key")]
    [InlineData("ApiConnections:Keys:AnnounceDays", "0")]
    [InlineData("ApiConnections:Keys:AnnounceDays", "31")]
    [InlineData("ApiConnections:Keys:SignDays", "0.5")]
    [InlineData("ApiConnections:Keys:SignDays", "a month")]
    [InlineData("ApiConnections:ClientAuthentication:FailuresPerMinute", "0")]
    public async Task A_wrong_value_is_refused(string setting, string value) => await Refuses([(setting, value)], setting);

    [Theory]
    [InlineData("ApiConnections:Isuer")]
    [InlineData("ApiConnections:Database:Egnine")]
    [InlineData("ApiConnections:Database:Engine:Deeper")]
    [InlineData("ApiConnections:Nonsense:Deep:Down")]
    [InlineData("ApiConnections:Keys:KeepRetired")]
    [InlineData("ApiConnections:Keys:Announce")]
    [InlineData("ApiConnections:0")]
    [InlineData("ApiConnections")]
    public async Task A_setting_that_does_not_exist_is_refused(string setting) => await Refuses([(setting, "1")], setting);

    [Theory]
    [InlineData(null)]
    [InlineData("Database=api_connections")]
    [InlineData("Host=;Database=x")]
    [InlineData("this is no connection string with Password=hunter2")]
    [InlineData("Host=db;Nonsense=hunter2")]
    public async Task A_connection_string_that_cannot_work_is_refused_without_repeating_it(string? connection)
    {
        var error = await Refuses([("ApiConnections:Database:Engine", "postgres"), ("ApiConnections:Database:ConnectionString", connection)], "ApiConnections:Database:ConnectionString");
        error.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_said_in_a_sentence()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        installation.Settings["ApiConnections:Database:Engine"] = "postgres";
        installation.Settings["ApiConnections:Database:ConnectionString"] = $"Host=127.0.0.1;Port={Node.FreePort()};Username=me;Password=hunter2";
        installation.Settings["ApiConnections:Keys:EncryptionKey"] = Convert.ToBase64String(new byte[32]);

        foreach (var command in new string[][] { ["company", "list"], ["migrate"], ["serve"] })
            (await installation.IsOneSentence(1, command)).ShouldStartWith("PostgreSQL: ");
    }

    [Theory]
    [InlineData("{", "it is no catalogue")]
    [InlineData("[]", "it is no catalogue")]
    [InlineData("null", "it lists no modules")]
    [InlineData("""{"modules":[]}""", "it lists no modules")]
    [InlineData("""{"modules":[{"name":"Big Letters","title":{},"scopes":{}}]}""", "is no module name")]
    [InlineData("""{"modules":[{"name":"things","title":{"en":"T","es":"T","pt":"T"},"scopes":{"fly":{"en":"x","es":"x","pt":"x"}}}]}""", "things:fly is no scope")]
    [InlineData("""{"modules":[{"name":"things","title":{"en":"T","es":"T"},"scopes":{"view":{"en":"x","es":"x","pt":"x"}}}]}""", "has no title in \"pt\"")]
    [InlineData("""{"modules":[{"name":"things","title":{"en":"T","es":"T","pt":"T"},"scopes":{"view":{"en":"x","es":" ","pt":"x"}}}]}""", "things:view has no sentence in \"es\"")]
    [InlineData("""{"modules":[{"name":"things"}]}""", "")]
    [InlineData("""{"modules":[null]}""", "")]
    [InlineData("""{"modules":[{"name":"things","title":{"en":"T","es":"T","pt":"T"},"scopes":{"view":null}}]}""", "")]
    [InlineData("""{"modules":[{"name":null,"title":{"en":"T","es":"T","pt":"T"},"scopes":{"view":{"en":"x","es":"x","pt":"x"}}}]}""", "")]
    public async Task A_catalogue_that_is_none_is_refused(string json, string why)
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        var file = Path.Combine(installation.Folder, "catalogue.json");
        await File.WriteAllTextAsync(file, json);
        installation.Settings["ApiConnections:Catalogue"] = file;

        var error = await installation.IsOneSentence(1, "module", "list");
        error.ShouldStartWith("ApiConnections:Catalogue: ");
        error.ShouldContain(why);
        (await installation.IsOneSentence(1, "serve")).ShouldBe(error);

        File.Delete(file);
        (await installation.IsOneSentence(1, "serve")).ShouldStartWith($"ApiConnections:Catalogue: {file} cannot be read");
    }

    [Fact]
    public async Task Every_wrong_setting_is_named_where_there_are_several()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        installation.Settings["ApiConnections:Keys:SignDays"] = "0";
        installation.Settings["ApiConnections:Issuer"] = "http://access.example.com";

        var result = await installation.Run("company", "list");

        result.Exit.ShouldBe(1);
        result.Error.ShouldContain("ApiConnections:Keys:SignDays");
        result.Error.ShouldContain("ApiConnections:Issuer");
        result.Error.ShouldNotContain(" at ApiConnections.");
    }

    [Fact]
    public async Task The_hosts_catalogue_replaces_the_built_in_one()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        var file = Path.Combine(installation.Folder, "catalogue.json");
        await File.WriteAllTextAsync(file, """{"modules":[{"name":"beehives","title":{"en":"Beehives","es":"Colmenas","pt":"Colmeias"},"scopes":{"view":{"en":"See beehives.","es":"Ver colmenas.","pt":"Ver colmeias."}}}]}""");
        installation.Settings["ApiConnections:Catalogue"] = file;
        await installation.Do("company", "create", "Acme");
        (await installation.Run("group", "create", "--name", "Old", "--scopes", "tasks:view")).Exit.ShouldBe(1);
        await installation.Do("group", "create", "--name", "Keepers", "--scopes", "beehives:view");
        var consumer = await installation.Consumer("Keepers");
        var node = await installation.Start();

        (await node.Token(consumer)).Scope.ShouldBe("beehives:view");
        (await node.Token(consumer, ("scope", "tasks:view"))).Error.ShouldBe("invalid_scope");
        (await installation.Do("module", "list")).GetArrayLength().ShouldBe(1);
        (await node.Http.GetStringAsync("/.well-known/oauth-authorization-server")).ShouldContain("\"scopes_supported\":[\"beehives:view\"]");
    }

    private static async Task<string> Refuses((string Name, string? Value)[] settings, string named)
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        foreach (var (name, value) in settings)
            installation.Settings[name] = value;

        var error = await installation.IsOneSentence(1, "company", "list");
        error.ShouldStartWith(named + ": ");
        (await installation.IsOneSentence(1, "serve")).ShouldBe(error);
        return error;
    }
}

/// <summary>What tests say about commands.</summary>
internal static class Said
{
    /// <summary>Nothing on standard output, one plain sentence on standard error.</summary>
    public static async Task<string> IsOneSentence(this Installation installation, int exit, params string[] command)
    {
        var result = await installation.Run(command);
        var why = string.Join(' ', command) + ": " + result.Error;
        result.Exit.ShouldBe(exit, why);
        result.Output.ShouldBeEmpty(why);
        var sentence = result.Error.TrimEnd();
        sentence.ShouldNotBeEmpty(why);
        sentence.ShouldNotContain("\n", Case.Sensitive, why);
        sentence.ShouldNotContain("Exception", Case.Sensitive, why);
        sentence.ShouldNotContain("   at ", Case.Sensitive, why);
        return sentence;
    }
}
