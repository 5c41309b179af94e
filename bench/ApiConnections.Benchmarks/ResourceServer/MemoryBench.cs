using System.Globalization;
using System.Net;
using ApiConnections.Benchmarks.Load;
using ApiConnections.ResourceServer;
using Microsoft.Extensions.DependencyInjection;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>A million different tokens one after the other, in a process of its own: what stays resident.</summary>
internal static class MemoryBench
{
    public const string Command = "resource-server-memory";
    public const int Tokens = 1_000_000;
    private const string Reports = "reports";

    /// <param name="reports">Whether each is noted for a report that nobody takes.</param>
    public static async Task<(double Start, double Now, double Most)> Run(bool reports)
    {
        using var child = ChildProcess.Start(Command, reports ? Reports : "");
        var numbers = (await child.ReadLine()).Split(' ');
        return (Number(0), Number(1), Number(2));

        double Number(int index) => double.Parse(numbers[index], CultureInfo.InvariantCulture);
    }

    public static async Task RunAsChild(string[] args)
    {
        await using var issuer = await BenchIssuer.Start();
        var services = await issuer.Services(hasCredentials: args is [Reports]);
        var (check, book) = (services.GetRequiredService<AccessTokenCheck>(), services.GetRequiredService<UsageBook>());
        services.GetRequiredService<Revocations>().Heard();
        await using var heartbeat = new Timer(_ => services.GetRequiredService<Revocations>().Heard(), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Use(0);
        var start = ChildProcess.Memory("VmRSS", "self");
        Parallel.For(1, Tokens + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, Use);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start:F0} {ChildProcess.Memory("VmRSS", "self"):F0} {ChildProcess.Memory("VmHWM", "self"):F0}"));

        void Use(int number)
        {
            var outcome = check.Check(issuer.Token(number), default);
            if (!outcome.IsCompletedSuccessfully || !outcome.Result.TryGet(out var token, out _))
                throw new InvalidOperationException("A good token was refused.");

            book.Used(token, IPAddress.Loopback);
        }
    }
}
