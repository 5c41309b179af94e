using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access.Causes;

/// <summary>A revocation that arrives together with what it revokes: whichever commits last, nothing is live afterwards.</summary>
public sealed class CauseRaceTests
{
    private const int Rounds = 20;
    private const int Devices = 6;

    public static IEnumerable<ITheoryDataRow> Ends =>
        from engine in new[] { On.Sqlite, On.Postgres } from end in new[] { "authorization", "consumer", "tokens", "person" } select EnginesAttribute.Row(engine, end);

    [Theory, MemberData(nameof(Ends))]
    public async Task Whatever_is_redeemed_and_rotated_while_it_is_revoked_is_dead_afterwards(On engine, string end)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (issued, refused) = (0, 0);
        var lead = 0; // milliseconds that the end starts before the requests, or after them
        for (var round = 0; round < Rounds; round++)
        {
            var (app, person) = (await Apps.App(installation), await node.Person());
            var codes = new List<TestCode>();
            var tokens = new List<string>();
            for (var i = 0; i < Devices; i++)
                tokens.Add((await node.Redeem(installation, app, await node.Code(installation, app, person))).RefreshToken!);
            for (var i = 0; i < Devices; i++)
                codes.Add(await node.Code(installation, app, person));

            var ending = After(-lead, async () =>
            {
                await End(node, end, app, person, codes[0].AuthorizationId);
                return true;
            });
            var answers = await Task.WhenAll(codes.Select(code => After(lead, () => node.Redeem(installation, app, code)))
                .Concat(tokens.Select(token => After(lead, () => node.Refresh(installation, app, token)))));
            await ending;

            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.BadRequest || answer.Status == HttpStatusCode.Unauthorized);
            issued += answers.Count(answer => answer.Status == HttpStatusCode.OK);
            refused += answers.Count(answer => answer.Status != HttpStatusCode.OK);
            // Whoever came too late comes earlier the next time, on any machine.
            lead += answers.All(answer => answer.Status == HttpStatusCode.OK) ? 2 : -1;
            foreach (var token in answers.Select(answer => answer.RefreshToken).Concat(tokens).OfType<string>().Distinct())
                (await node.Refresh(installation, app, token)).Status.ShouldNotBe(HttpStatusCode.OK);
            foreach (var code in codes)
                (await node.Redeem(installation, app, code)).Status.ShouldNotBe(HttpStatusCode.OK);
            if (end is "authorization" or "consumer")
                (await installation.Count($"token_families where consumer = '{app.Key}' and ended_at is null")).ShouldBe(0);
        }

        installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty();
        (issued > 0 && refused > 0).ShouldBeTrue($"it was no race: {issued} were issued and {refused} refused");
    }

    private static Task<T> After<T>(int milliseconds, Func<Task<T>> act) => Task.Run(async () =>
    {
        await Task.Delay(Math.Max(0, milliseconds));
        return await act();
    });

    private static async Task End(Node node, string end, TestConsumer app, TestPerson person, Guid authorization)
    {
        var (services, by) = (node.App.Services, new Server.Audit.Actor("test", "local"));
        switch (end)
        {
            case "authorization":
                (await services.GetRequiredService<Server.Access.AuthorizationAccess>().Revoke(by, authorization, null)).Granted();
                break;
            case "consumer":
                (await services.GetRequiredService<Server.Access.ConsumerAccess>().Delete(by, app.Key)).Granted();
                break;
            case "tokens":
                (await services.GetRequiredService<Server.Access.ConsumerAccess>().RevokeTokens(by, app.Key)).Granted();
                break;
            default:
                (await services.GetRequiredService<Server.Access.Identity.Persons>().Disable(by, person.Email)).Granted();
                break;
        }
    }
}
