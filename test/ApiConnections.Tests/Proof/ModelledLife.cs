using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;

namespace ApiConnections.Tests.Proof;

/// <summary>What can happen to an authorization of a person.</summary>
internal enum Step
{
    /// <summary>The person consents and a device gets its first tokens.</summary>
    Connect,

    /// <summary>A device refreshes.</summary>
    Refresh,

    /// <summary>A device brings the token before its last one, as after a lost answer.</summary>
    Retry,

    /// <summary>Somebody brings a token that is older than that.</summary>
    Reuse,

    /// <summary>A device revokes its refresh token.</summary>
    Disconnect,

    /// <summary>Longer than a replaced token is still answered.</summary>
    Wait,

    RevokeAuthorization,
    Disable,
    Enable,
    Narrow,
    Widen,
}

/// <summary>An authorization of a new person, and beside it the plainest model of what must be good.</summary>
internal sealed class ModelledLife
{
    public const string Group = "Changing";
    public const string Wide = "assets:view tasks:view";
    private const string Little = "assets:view";
    private const int MostDevices = 8; // fewer than a person may have, so that none gives way

    private readonly Installation installation;
    private readonly Node node;
    private readonly TestConsumer app;
    private readonly TestPerson person;
    private readonly List<Device> devices = [];
    private bool isDisabled;
    private bool isNarrow;

    private ModelledLife(Installation installation, Node node, TestConsumer app, TestPerson person) => (this.installation, this.node, this.app, this.person) = (installation, node, app, person);

    private string Scope => isNarrow ? Little : Wide;

    public static async Task<ModelledLife> Begin(Installation installation, Node node, TestConsumer app)
    {
        await installation.Do("group", "edit", Group, "--scopes", Wide);
        return new ModelledLife(installation, node, app, await node.Person(Group));
    }

    public Task Do(Step step, int which) => step switch
    {
        Step.Connect => devices.Count < MostDevices ? Connect() : Task.CompletedTask,
        Step.Wait => Wait(),
        Step.RevokeAuthorization => RevokeAuthorization(),
        Step.Disable => Disable(),
        Step.Enable => Enable(),
        Step.Narrow => Narrow(),
        Step.Widen => Widen(),
        _ => devices.Count > 0 ? Do(step, devices[which % devices.Count]) : Task.CompletedTask,
    };

    /// <summary>Every device refreshes, or does not, as the model says; and so are access tokens good or not.</summary>
    public async Task AgreeAtTheEnd()
    {
        foreach (var device in devices)
        {
            var answer = await node.Introspect(installation, app, device.AccessToken);
            answer.Body.GetProperty("active").GetBoolean().ShouldBe(device.AccessTokenIsGood && !isDisabled);
            await Refresh(device);
        }
    }

    private Task Do(Step step, Device device) => step switch
    {
        Step.Refresh => Refresh(device),
        Step.Retry => device.Tokens.Count > 1 ? Retry(device) : Task.CompletedTask,
        Step.Reuse => device.Tokens.Count > 2 ? Reuse(device) : Task.CompletedTask,
        _ => Disconnect(device),
    };

    private async Task Connect()
    {
        var answer = await node.Redeem(installation, app, await node.Code(installation, app, person));
        if (isDisabled)
        {
            answer.Error.ShouldBe("invalid_grant");
            return;
        }

        var device = new Device();
        Take(device, answer);
        devices.Add(device);
    }

    private async Task Refresh(Device device)
    {
        var answer = await node.Refresh(installation, app, device.Tokens[^1]);
        if (device.IsEnded)
            answer.Error.ShouldBe("invalid_grant");
        else
            Take(device, answer);
    }

    private async Task Retry(Device device)
    {
        var answer = await node.Refresh(installation, app, device.Tokens[^2]);
        if (device.IsEnded || installation.Clock.GetUtcNow() - device.RotatedAt > TimeSpan.FromSeconds(30))
        {
            answer.Error.ShouldBe("invalid_grant");
            End(device);
            return;
        }

        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.RefreshToken.ShouldBe(device.Tokens[^1]);
        answer.Text("scope").ShouldBe(Scope);
        (device.AccessToken, device.AccessTokenIsGood) = (answer.AccessToken!, true);
    }

    private async Task Reuse(Device device)
    {
        (await node.Refresh(installation, app, device.Tokens[^3])).Error.ShouldBe("invalid_grant");
        End(device);
    }

    private async Task Disconnect(Device device)
    {
        (await node.Revoke(installation, app, device.Tokens[^1])).Status.ShouldBe(HttpStatusCode.OK);
        End(device);
    }

    private Task Wait()
    {
        installation.Clock.Advance(TimeSpan.FromSeconds(31));
        return Task.CompletedTask;
    }

    private async Task RevokeAuthorization()
    {
        foreach (var live in await installation.Query<Guid>("select id from authorizations where user_id = @Id and status = 'live'", new { person.Id }))
            await installation.Do("authorization", "revoke", live.ToString());

        devices.ForEach(End);
    }

    private async Task Disable()
    {
        if (isDisabled)
            return;

        await installation.Do("user", "disable", person.Email);
        isDisabled = true;
        devices.ForEach(End);
    }

    private async Task Enable()
    {
        if (!isDisabled)
            return;

        await installation.Do("user", "enable", person.Email);
        isDisabled = false;
    }

    private async Task Narrow()
    {
        if (isNarrow)
            return;

        await installation.Do("group", "edit", Group, "--scopes", Little);
        isNarrow = true;
        devices.ForEach(device => device.AccessTokenIsGood = false);
    }

    private async Task Widen()
    {
        if (!isNarrow)
            return;

        await installation.Do("group", "edit", Group, "--scopes", Wide);
        isNarrow = false;
    }

    private void Take(Device device, TokenAnswer answer)
    {
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body.ToString());
        answer.Text("scope").ShouldBe(Scope);
        device.Tokens.ShouldNotContain(answer.RefreshToken!);
        device.Tokens.Add(answer.RefreshToken!);
        device.RotatedAt = installation.Clock.GetUtcNow();
        (device.AccessToken, device.AccessTokenIsGood) = (answer.AccessToken!, true);
    }

    private static void End(Device device) => (device.IsEnded, device.AccessTokenIsGood) = (true, false);

    private sealed class Device
    {
        public List<string> Tokens { get; } = [];

        public DateTimeOffset RotatedAt { get; set; }

        public string AccessToken { get; set; } = "";

        public bool AccessTokenIsGood { get; set; }

        public bool IsEnded { get; set; }
    }
}
