namespace ApiConnections.Benchmarks.Token;

/// <summary>Codes made beforehand, each redeemed once, durable.</summary>
internal static class CodeBench
{
    private const int CodesPerPerson = 4; // well below the bound on devices

    public static Task Run(string[] engines) => new BesideTokens("code to tokens, durable").Run(engines, async installation =>
    {
        var forms = await CodeForms.Prepare(installation, await installation.App());
        return ((_, count) => forms.Make(count, CodesPerPerson), new Target());
    });
}
