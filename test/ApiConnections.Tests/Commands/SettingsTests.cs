using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Commands;

/// <summary>A wrong setting stops the start with its name and what is wrong.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("ApiConnections:Issuer", "access.example.com", "it is no address")]
    [InlineData("ApiConnections:Issuer", "http://access.example.com", "must use https")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com/", "slash")]
    [InlineData("ApiConnections:Issuer", "https://access.example.com?x=1", "query")]
    [InlineData("ApiConnections:Issuer", "HTTPS://access.example.com", "normal form")]
    [InlineData("ApiConnections:Issur", "https://access.example.com", "there is no such setting")]
    [InlineData("ApiConnections:Database:Engine", "oracle", "ApiConnections:Database:Engine")]
    [InlineData("ApiConnections:Database:Engine", "postgres", "ConnectionString")]
    [InlineData("ApiConnections:Database:Connections", "1", "between 2 and 500")]
    [InlineData("ApiConnections:Keys:EncryptionKey", "c2hvcnQ=", "32 bytes")]
    [InlineData("ApiConnections:Keys:EncryptionKeyFile", "no-such-file", "cannot be read")]
    [InlineData("ApiConnections:Keys:AnnounceDays", "0", "ApiConnections:Keys:AnnounceDays")]
    [InlineData("ApiConnections:Keys:SignDays", "many", "ApiConnections:Keys:SignDays")]
    [InlineData("ApiConnections:Catalogue", "no-such-catalogue.json", "cannot be read")]
    [InlineData("ApiConnections:ClientAuthentication:FailuresPerMinute", "0", "ApiConnections:ClientAuthentication:FailuresPerMinute")]
    [InlineData("ApiConnections:Http:KnownProxies:0", "everywhere", "KnownProxies")]
    public async Task A_wrong_setting_stops_the_start_with_its_name_and_why(string setting, string value, string why)
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        installation.Settings[setting] = value;

        var result = await installation.Run("serve", "--urls", $"http://127.0.0.1:{Node.FreePort()}");

        result.Exit.ShouldBe(1);
        result.Error.ShouldContain("ApiConnections:");
        result.Error.ShouldContain(why);
        result.Error.ShouldNotContain("   at ");
    }
}
