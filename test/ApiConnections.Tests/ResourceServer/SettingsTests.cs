using ApiConnections.ResourceServer;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Issuer", "", "ApiConnections:Issuer is missing")]
    [InlineData("Issuer", "not an address", "ApiConnections:Issuer must be")]
    [InlineData("Issuer", "http://id.example", "ApiConnections:Issuer must be")]
    [InlineData("Issuer", "ftp://localhost", "ApiConnections:Issuer must be")]
    [InlineData("Issuer", "https://id.example?a=b", "ApiConnections:Issuer must be")]
    [InlineData("Issuer", "https://id.example#", "ApiConnections:Issuer must be")]
    [InlineData("Issuer", "https://user@id.example", "ApiConnections:Issuer must be")]
    [InlineData("Audience", "", "ApiConnections:Audience is missing")]
    [InlineData("KeysRefreshInterval", "00:00:01", "ApiConnections:KeysRefreshInterval must lie between")]
    [InlineData("KeysMaxAge", "00:01:00", "ApiConnections:KeysMaxAge must be longer than")]
    [InlineData("RememberedTokens", "5", "ApiConnections:RememberedTokens must lie between")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string name, string value, string because)
    {
        await using var app = Build(new() { ["ApiConnections:Issuer"] = "https://id.example", ["ApiConnections:Audience"] = "https://api.example", ["ApiConnections:" + name] = value });

        (await Should.ThrowAsync<OptionsValidationException>(() => app.StartAsync())).Message.ShouldContain(because);
    }

    [Fact]
    public async Task Settings_come_from_a_configuration_section()
    {
        await using var app = Build(new()
        {
            ["ApiConnections:Issuer"] = "http://localhost:8400/auth",
            ["ApiConnections:Audience"] = "https://api.example",
            ["ApiConnections:KeysRefreshInterval"] = "00:01:00",
            ["ApiConnections:RememberedTokens"] = "500",
        });

        var options = app.Services.GetRequiredService<IOptions<ResourceServerOptions>>().Value;
        options.Issuer.ShouldBe("http://localhost:8400/auth");
        options.KeysRefreshInterval.ShouldBe(TimeSpan.FromMinutes(1));
        options.RememberedTokens.ShouldBe(500);
        options.KeysMaxAge.ShouldBe(TimeSpan.FromHours(2));
    }

    [Fact]
    public void A_malformed_permission_is_a_bug_that_shows_at_start()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        Should.Throw<ArgumentException>(() => app.MapGet("/", () => "").RequireScope("tasks\"view"));
        Should.Throw<ArgumentException>(() => app.MapGet("/", () => "").RequireScope());
    }

    private static WebApplication Build(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddApiConnections(builder.Configuration.GetSection(ResourceServerOptions.Section));
        return builder.Build();
    }
}
