using ApiConnections.Tests.Support;
using CsCheck;
using Xunit;

namespace ApiConnections.Tests.Proof;

/// <summary>Whatever happens to an authorization, in whatever order, the server and a plain model of it agree on what is still good.</summary>
[Rfc("6749 s6", "7009 s2", "9700 s4.14.2")]
public sealed class LifeTests
{
    private static readonly Gen<(Step Step, int Which)[]> lives = Gen.Select(
        Gen.Frequency(
            (4, Gen.Const(Step.Connect)), (8, Gen.Const(Step.Refresh)), (4, Gen.Const(Step.Retry)), (1, Gen.Const(Step.Reuse)), (1, Gen.Const(Step.Disconnect)),
            (3, Gen.Const(Step.Wait)), (1, Gen.Const(Step.RevokeAuthorization)), (1, Gen.Const(Step.Disable)), (1, Gen.Const(Step.Enable)), (1, Gen.Const(Step.Narrow)), (1, Gen.Const(Step.Widen))),
        Gen.Int[0, 100]).Array[5, 30];

    [Theory, Engines]
    public async Task Issue_refresh_retry_reuse_revoke_disable_and_narrow_do_what_a_plain_model_says(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("group", "create", "--name", ModelledLife.Group, "--scopes", ModelledLife.Wide);
        var app = await installation.App("--access-token-minutes", "120");

        // Some eighteen steps each: a million of them with --long.
        await lives.SampleAsync(
            async steps =>
            {
                var life = await ModelledLife.Begin(installation, node, app);
                foreach (var (step, which) in steps)
                    await life.Do(step, which);

                await life.AgreeAtTheEnd();
            },
            iter: Repeats.Of(25, 1000, 60_000),
            threads: 1,
            print: steps => string.Join(' ', steps));
    }
}
