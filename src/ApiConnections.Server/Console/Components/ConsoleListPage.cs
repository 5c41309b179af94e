using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using Microsoft.AspNetCore.Components;

namespace ApiConnections.Server.Console.Components;

/// <summary>
/// A page with a list that is searched, filtered, ordered and turned, of which rows can be chosen. The address holds what is shown, so that it can be sent to somebody
/// and reloaded; pages add their filters as further parts of it.
/// </summary>
/// <typeparam name="TKey">What tells rows apart.</typeparam>
public abstract class ConsoleListPage<TKey> : ConsolePage
    where TKey : notnull
{
    protected const int PageSize = 25;

    [SupplyParameterFromQuery]
    public string? Q { get; set; }

    [SupplyParameterFromQuery]
    public string? Sort { get; set; }

    [SupplyParameterFromQuery]
    public string? Desc { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    public string? Turned { get; set; }

    protected int Number => AddressText.Page(Turned);

    /// <summary>The column that the list is ordered by.</summary>
    protected abstract string By { get; }

    protected virtual bool Down => AddressText.Flag(Desc) == true;

    protected HashSet<TKey> Chosen { get; } = [];

    /// <summary>Something is being done to the rows that were chosen.</summary>
    protected bool Busy { get; set; }

    protected override Task OnParametersSetAsync() => Load();

    /// <summary>Reads what the address asks for; nothing is chosen of it yet.</summary>
    protected abstract Task Load();

    /// <param name="field">The part of the address that a filter stands in.</param>
    protected void Narrow(string field, ChangeEventArgs typed) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [field.ToLowerInvariant()] = typed.Value is string { Length: > 0 } text ? text : null, ["page"] = null }));

    protected void OrderBy(string column) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["sort"] = column, ["desc"] = By == column ? !Down : null, ["page"] = null }));

    protected void Turn(int number) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("page", number == 1 ? null : number));

    protected void Choose(TKey key)
    {
        if (!Chosen.Remove(key))
            Chosen.Add(key);
    }

    protected void ChooseAll(ChangeEventArgs typed, IEnumerable<TKey> rows)
    {
        Chosen.Clear();
        if (typed.Value is true)
            Chosen.UnionWith(rows);
    }

    /// <summary>Does something to each row that was chosen, and says to how many it was done and why not to the others.</summary>
    /// <param name="done">A key of the texts, filled with how many.</param>
    internal async Task Each<T>(Func<Actor, TKey, Task<Outcome<T>>> act, string done, IEnumerable<TKey>? inOrder = null)
        where T : notnull
    {
        Busy = true;
        var (count, refusals) = (0, new List<Refusal>());
        foreach (var key in (inOrder ?? Chosen).ToArray())
        {
            if ((await Ask(actor => act(actor, key))).TryGet(out _, out var refusal))
                count++;
            else if (refusal == Rights.ShowAnew)
                break;
            else
                refusals.Add(refusal);
        }

        Busy = false;
        if (refusals.Count > 0)
            Messages.Refuse($"{Page[done, count]} {string.Join(' ', refusals.Select(Why).Distinct().Take(3))}");
        else if (count > 0)
            Messages.Say(Page[done, count]);
        await Load();
    }
}
