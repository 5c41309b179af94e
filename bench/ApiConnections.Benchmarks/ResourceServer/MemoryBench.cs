using System.Globalization;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>A million different tokens one after the other, in a process of its own: what stays resident.</summary>
internal static class MemoryBench
{
    public const string Command = "resource-server-memory";
    public const int Tokens = 1_000_000;

    public static async Task<(double Start, double Now, double Most)> Run()
    {
        using var child = ChildProcess.Start(Command);
        var numbers = (await child.ReadLine()).Split(' ');
        return (Number(0), Number(1), Number(2));

        double Number(int index) => double.Parse(numbers[index], CultureInfo.InvariantCulture);
    }

    public static async Task RunAsChild(string[] args)
    {
        await using var issuer = await BenchIssuer.Start();
        var check = await issuer.Check();
        CheckBench.ValidateAll(check, [issuer.Token(0)]);
        var start = ChildProcess.Memory("VmRSS", "self");
        Parallel.For(1, Tokens + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, number => CheckBench.ValidateAll(check, [issuer.Token(number)]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start:F0} {ChildProcess.Memory("VmRSS", "self"):F0} {ChildProcess.Memory("VmHWM", "self"):F0}"));
    }
}
