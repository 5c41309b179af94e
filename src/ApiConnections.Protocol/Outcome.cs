using System.Diagnostics.CodeAnalysis;

namespace ApiConnections.Protocol;

/// <summary>A value, or the <see cref="Refusal"/> that stands in its place. Callers can cause refusals; only bugs and outages throw.</summary>
/// <typeparam name="T">What is granted.</typeparam>
public readonly struct Outcome<T>
    where T : notnull
{
    private readonly T? value;
    private readonly Refusal? refusal;
    private readonly bool granted; // not "value is not null": a refused Outcome<int> holds 0, and default(Outcome<T>) was never decided

    private Outcome(T value) => (this.value, granted) = (value, true);

    private Outcome(Refusal refusal) => this.refusal = refusal;

    /// <summary>A granted outcome.</summary>
    public static implicit operator Outcome<T>(T value) => new(value);

    /// <summary>A refused outcome.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(refusal);

    /// <summary>True with the value, or false with the refusal. An outcome that nobody decided counts as <c>server_error</c>.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = granted ? this.value : default;
        refusal = granted ? null : this.refusal ?? Refusal.Undecided;
        return granted;
    }
}

/// <summary>Makes outcomes where the compiler cannot.</summary>
public static class Outcome
{
    /// <summary>For interfaces, which C# does not convert implicitly.</summary>
    public static Outcome<T> Of<T>(T value)
        where T : notnull => value;
}
