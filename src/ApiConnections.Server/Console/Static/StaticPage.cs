using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ApiConnections.Server.Console.Static;

/// <summary>A page that is rendered by <see cref="Pages"/>, which gives it its context.</summary>
public abstract class StaticPage : ComponentBase
{
    [CascadingParameter]
    internal PageContext Page { get; set; } = null!;
}

/// <summary>Hands a page's context and what it shows down to it. (Razor makes pages public, so what is ours cannot be their public parameter.)</summary>
internal sealed class PageRoot<TPage, TView> : ComponentBase
    where TPage : StaticPage
{
    [Parameter, EditorRequired]
    public PageContext Page { get; set; } = null!;

    [Parameter, EditorRequired]
    public TView View { get; set; } = default!;

    protected override void BuildRenderTree(RenderTreeBuilder builder) => Cascade(builder, Page, inner => Cascade(inner, View, page =>
    {
        page.OpenComponent<TPage>(0);
        page.CloseComponent();
    }));

    private static void Cascade<T>(RenderTreeBuilder builder, T value, RenderFragment content)
    {
        builder.OpenComponent<CascadingValue<T>>(0);
        builder.AddComponentParameter(1, nameof(CascadingValue<>.Value), value);
        builder.AddComponentParameter(2, nameof(CascadingValue<>.IsFixed), true);
        builder.AddComponentParameter(3, nameof(CascadingValue<>.ChildContent), content);
        builder.CloseComponent();
    }
}
