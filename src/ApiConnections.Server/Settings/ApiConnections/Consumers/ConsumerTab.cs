using ApiConnections.Server.Console.Components;
using Microsoft.AspNetCore.Components;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>One of the pages of a consumer.</summary>
public abstract class ConsumerTab : ConsolePage
{
    [Inject]
    internal Consumers Consumers { get; set; } = null!;

    [Parameter]
    public string Key { get; set; } = "";

    /// <summary>Null until it was read, or where it could not be.</summary>
    internal ConsumerDetails? Details { get; private set; }

    /// <summary>Why it could not be read.</summary>
    protected string? Wrong { get; private set; }

    protected override Task OnParametersSetAsync() => Load();

    protected virtual async Task Load()
    {
        if ((await Ask(actor => Consumers.Show(actor, Key))).TryGet(out var found, out var refusal))
            (Details, Wrong) = (found, null);
        else
            (Details, Wrong) = (null, Why(refusal));
    }
}
