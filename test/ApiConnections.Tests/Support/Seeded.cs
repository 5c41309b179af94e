namespace ApiConnections.Tests.Support;

/// <summary>The same varied numbers at every run (xorshift64*), for tests that try many inputs and must be able to repeat a failure.</summary>
internal sealed class Seeded(ulong seed)
{
    private ulong state = seed;

    /// <summary>From 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound)
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return (int)((state * 0x2545F4914F6CDD1D >> 33) % (ulong)bound);
    }

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>Bytes, each as one character.</summary>
    public string Bytes(int atMost) => new([.. Enumerable.Range(0, Below(atMost + 1)).Select(_ => (char)Below(256))]);
}
