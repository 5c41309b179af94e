using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

public sealed class CallerTests : IAsyncLifetime
{
    private ProtectedApi api = null!;

    public async ValueTask InitializeAsync() => api = await ProtectedApi.Start();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact, Trait("Rfc", "9068 s2.2")]
    public async Task An_endpoint_reads_who_calls_and_for_which_company()
    {
        var token = api.Token();
        for (var i = 0; i < 2; i++) // the second time from memory
        {
            (await (await api.Get("/token", token)).Content.ReadAsStringAsync()).ShouldBe(
                "0197a000-0000-7000-8000-000000000001 nightlyreport0000001 consumer:nightlyreport0000001 False 0197a000-0000-7000-8000-000000000002  3 5  key-1 "
                + (api.Now.ToUnixTimeSeconds() + 600) + " 32");
        }
    }

    [Fact]
    public async Task The_user_of_the_request_carries_the_claims_under_their_names_on_the_wire()
    {
        var claims = await (await api.Get("/claims", api.Token())).Content.ReadAsStringAsync();

        claims.Split('\n').ShouldContain("client_id=nightlyreport0000001");
        claims.Split('\n').ShouldContain("sub=consumer:nightlyreport0000001");
        claims.Split('\n').ShouldContain("scope=assets:view tasks:view");
        claims.Split('\n').ShouldContain("company=0197a000-0000-7000-8000-000000000001");
    }

    [Fact]
    public async Task A_user_that_one_request_exchanges_does_not_reach_the_next_one_with_the_same_token()
    {
        var token = api.Token();
        for (var i = 0; i < 3; i++)
            (await (await api.Get("/become", token)).Content.ReadAsStringAsync()).ShouldBe("nightlyreport0000001");
    }
}
