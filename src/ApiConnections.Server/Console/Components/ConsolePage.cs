using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;

namespace ApiConnections.Server.Console.Components;

/// <summary>A page of the console. What it does it does through the functions of its room, which decide.</summary>
public abstract class ConsolePage : ComponentBase
{
    [Inject]
    internal ConsoleSession Console { get; set; } = null!;

    [Inject]
    internal Messages Messages { get; set; } = null!;

    [Inject]
    internal Sentences Sentences { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    [Inject]
    internal IDialogService Dialogs { get; set; } = null!;

    [CascadingParameter]
    internal PageContext Page { get; set; } = null!;

    [Inject]
    internal IJSRuntime Script { get; set; } = null!;

    /// <summary>A refusal in the language of the page.</summary>
    internal string Why(Refusal refusal) => PersonRefused.Has(refusal) ? Page.Why(refusal) : Sentences.In(Page.Language, refusal);

    /// <summary>
    /// Calls a function of a room. Where it asks the person to show anew who they are, they are asked, and it is called again; where they may not be here
    /// any more, they leave.
    /// </summary>
    internal async Task<Outcome<T>> Ask<T>(Func<Actor, Task<Outcome<T>>> act)
        where T : notnull
    {
        var outcome = await act(Console.Actor);
        if (outcome.TryGet(out _, out var refusal))
            return outcome;
        if (refusal == Rights.ShowAnew)
            return await ShownAnew() ? await act(Console.Actor) : refusal;
        if (refusal == Rights.SignedOut)
            await SignInAnew(Script, Navigation, Page);

        return refusal;
    }

    /// <summary>Leads to the sign-in, and from there back to this page with what was typed into it.</summary>
    internal static async Task SignInAnew(IJSRuntime script, NavigationManager navigation, PageContext? page)
    {
        await script.InvokeVoidAsync("consolePages.keep");
        navigation.NavigateTo(page?.Link("/signin") + "?return=" + Uri.EscapeDataString(new Uri(navigation.Uri).PathAndQuery), forceLoad: true);
    }

    /// <summary>As <see cref="Ask"/>, and says what came of it.</summary>
    internal async Task<bool> Do<T>(Func<Actor, Task<Outcome<T>>> act, Func<T, string> done)
        where T : notnull
    {
        if ((await Ask(act)).TryGet(out var value, out var refusal))
        {
            Messages.Say(done(value));
            return true;
        }

        if (refusal != Rights.ShowAnew)
            Messages.Refuse(Why(refusal));
        return false;
    }

    /// <summary>Asks before something stops working.</summary>
    internal async Task<bool> Confirm(string title, string what, string button)
    {
        var dialog = await Dialogs.ShowAsync<ConfirmDialog>(title, new DialogParameters<ConfirmDialog> { { shown => shown.What, what }, { shown => shown.Button, button }, { shown => shown.Cancel, Page["console.cancel"] } });
        return await dialog.Result is { Canceled: false };
    }

    /// <summary>Once after a form was sent: takes the person to the first field that is wrong, else to the top of the page.</summary>
    internal Task Look(ref bool wanted)
    {
        if (!wanted)
            return Task.CompletedTask;

        wanted = false;
        return Script.InvokeVoidAsync("consolePages.look").AsTask();
    }

    private async Task<bool> ShownAnew()
    {
        var dialog = await Dialogs.ShowAsync<ShowAnewDialog>(Page["console.anew_title"]);
        return await dialog.Result is { Canceled: false };
    }
}
