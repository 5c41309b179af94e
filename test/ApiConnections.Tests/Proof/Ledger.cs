using System.Net;
using System.Security.Cryptography;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;

namespace ApiConnections.Tests.Proof;

/// <summary>
/// Devices of people who use a server that fails under them, and what it has acknowledged to each: codes it took, refresh tokens it gave, devices it
/// disconnected. Whatever stands here must be true afterwards, however the server ended.
/// </summary>
internal sealed class Ledger
{
    private readonly List<Device> devices = [];

    private Ledger(Installation installation, TestConsumer app) => (Installation, App) = (installation, app);

    private Installation Installation { get; }

    private TestConsumer App { get; }

    private int Acknowledged => devices.Sum(device => device.Acknowledged);

    /// <summary>What the server answered that it must not.</summary>
    public List<string> Wrong { get; } = [];


    /// <summary>Makes people with so many codes each, straight in the database, while no server runs there.</summary>
    public static async Task<Ledger> Of(Installation installation, int people, int codes)
    {
        var app = await installation.App("--public");
        var ledger = new Ledger(installation, app);
        await using var node = await installation.Start();
        for (var i = 0; i < people; i++)
        {
            var person = await node.Person();
            var authorization = (await node.Code(installation, app, person)).AuthorizationId;
            ledger.devices.Add(new Device(ledger, await Codes(installation, authorization, codes)));
        }

        return ledger;
    }

    /// <summary>Lets every device use the server, until <paramref name="stop"/> or until it is gone.</summary>
    public Task Use(HttpClient server, CancellationToken stop) => Task.WhenAll(devices.Select(device => device.Use(server, stop)));

    /// <summary>Waits until the server is well in the midst of it, and then for a moment that nobody chose.</summary>
    public async Task AtSomeMomentOf(Task use)
    {
        var enough = Acknowledged + (3 * devices.Count);
        await Support.Should.Within(TimeSpan.FromSeconds(60), () => Task.FromResult(Acknowledged >= enough || use.IsFaulted), "the server answers");
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1_000)));
    }

    /// <summary>Every device goes on from what was acknowledged to it last.</summary>
    public async Task GoesOn(HttpClient server)
    {
        await Task.WhenAll(devices.Select(device => device.GoesOn(server)));
        Wrong.ShouldBeEmpty();
    }

    /// <summary>Nothing that was ended or used works once more.</summary>
    public async Task NothingCameBack(HttpClient server)
    {
        foreach (var device in devices)
        {
            foreach (var ended in device.Ended)
                (await server.Refresh(Installation, App, ended)).Error.ShouldBe("invalid_grant", "a device that was disconnected");
        }

        // Last, since a replay ends what the first use obtained.
        foreach (var device in devices)
        {
            foreach (var used in device.Used)
                (await server.Redeem(Installation, App, used)).Error.ShouldBe("invalid_grant", "a code that was used");
        }
    }

    private static async Task<Queue<TestCode>> Codes(Installation installation, Guid authorization, int count)
    {
        await using var database = installation.Database();
        var outcome = await database.Write<Queue<TestCode>>(async session =>
        {
            var granted = (await AuthorizationStore.Find(session, authorization))!;
            var codes = new Queue<TestCode>();
            for (var i = 0; i < count; i++)
            {
                var now = TimeProvider.System.GetUtcNow();
                var locator = Guid.CreateVersion7(now);
                byte[] bytes = [.. locator.ToByteArray(bigEndian: true), .. RandomNumberGenerator.GetBytes(32)];
                var verifier = Apps.NewVerifier();
                // Good for longer than a code is: servers come and go meanwhile.
                await CodeStore.Insert(session, [new AuthorizationCode(
                    locator, new SecretHash(SHA256.HashData(bytes.AsSpan(16))), granted.CompanyId, granted.Consumer, granted.UserId!.Value, granted.Id, Apps.Callback, true,
                    Apps.Challenge(verifier), granted.Scope, null, new Generations(1, 1, 1), now, now.AddHours(3))]);
                codes.Enqueue(new TestCode(WireToken.Code.Write(bytes), locator, granted.Id, verifier, Apps.Callback));
            }

            return codes;
        });
        return outcome.TryGet(out var made, out _) ? made : throw new InvalidOperationException("The codes were refused.");
    }

    private sealed class Device(Ledger ledger, Queue<TestCode> codes)
    {
        private string? token;
        private bool mayBeEnded; // it asked to be disconnected, and nobody answered

        public int Acknowledged { get; private set; }

        public List<string> Ended { get; } = [];

        public List<TestCode> Used { get; } = [];

        public async Task Use(HttpClient server, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await Step(server);
                }
                catch (HttpRequestException)
                {
                    return; // killed
                }
            }
        }

        public async Task GoesOn(HttpClient server)
        {
            if (token is null)
                return;

            var answer = await server.Refresh(ledger.Installation, ledger.App, token);
            Take(answer, mayBeEnded);
        }

        private async Task Step(HttpClient server)
        {
            if (token is null)
                await Connect(server);
            else if (Random.Shared.Next(8) == 0)
                await Disconnect(server, token);
            else
                Take(await server.Refresh(ledger.Installation, ledger.App, token), mayBeEnded);
        }

        private async Task Connect(HttpClient server)
        {
            // Whatever becomes of it, it is not tried again: a lost answer may have been a yes.
            if (!codes.TryDequeue(out var code))
                throw new InvalidOperationException("There are not codes enough.");

            var answer = await server.Redeem(ledger.Installation, ledger.App, code);
            Take(answer, mayBeRefused: false);
            if (answer.Status == HttpStatusCode.OK)
                Used.Add(code);
        }

        private async Task Disconnect(HttpClient server, string ending)
        {
            mayBeEnded = true;
            var answer = await server.Revoke(ledger.Installation, ledger.App, ending);
            if (answer.Status != HttpStatusCode.OK)
            {
                Take(answer, mayBeRefused: false);
                return;
            }

            (token, mayBeEnded) = (null, false);
            Acknowledged++;
            Ended.Add(ending);
        }

        private void Take(TokenAnswer answer, bool mayBeRefused)
        {
            switch (answer.Status)
            {
                case HttpStatusCode.OK:
                    token = answer.RefreshToken;
                    mayBeEnded = false;
                    Acknowledged++;
                    break;
                case HttpStatusCode.ServiceUnavailable:
                    break; // nothing was acknowledged
                case HttpStatusCode.BadRequest when mayBeRefused:
                    (token, mayBeEnded) = (null, false);
                    break;
                default:
                    token = null;
                    lock (ledger.Wrong)
                        ledger.Wrong.Add($"{(int)answer.Status} {answer.Error}");
                    break;
            }
        }
    }
}
