using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ApiConnections.ResourceServer;

/// <summary>
/// Tokens whose signature was verified, bounded, with the lean part of their claims. Two generations: what is asked for again moves to the
/// young one, and when that is full the old one goes at once, so that eviction costs nothing and holds no lock.
/// </summary>
// Hot path: resource-server. Keyed by the whole token (SHA-256 of it as the key took 950 ns instead of 283) and found by a span of the header.
internal sealed class VerifiedTokens(int capacity)
{
    private readonly Lock turning = new();
    private readonly int generationSize = Math.Max(capacity / 2, 1);
    private volatile Generation young = new();
    private volatile Generation old = new();

    public bool TryGet(ReadOnlySpan<char> token, [NotNullWhen(true)] out AccessToken? known)
    {
        if (young.ByText.TryGetValue(token, out known))
            return true;

        if (!old.ByText.TryGetValue(token, out var text, out known))
            return false;

        Add(text, known);
        return true;
    }

    public void Add(string token, AccessToken verified) => Add(Encoding.ASCII.GetBytes(token), verified);

    private void Add(byte[] token, AccessToken verified)
    {
        var generation = young;
        if (generation.Tokens.TryAdd(token, verified) && Interlocked.Increment(ref generation.Count) >= generationSize)
            Turn(generation);
    }

    private void Turn(Generation full)
    {
        lock (turning)
        {
            if (!ReferenceEquals(young, full))
                return;

            old = full;
            young = new Generation();
        }
    }

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<byte[], AccessToken> Tokens = new(TokenText.Comparer);
        public readonly ConcurrentDictionary<byte[], AccessToken>.AlternateLookup<ReadOnlySpan<char>> ByText;
        public int Count; // the dictionary's own Count takes all its locks

        public Generation() => ByText = Tokens.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// Equality of the whole text, which is ASCII and kept in half the bytes of a string. The hash reads its last 8 characters only: they end a
    /// signature of the issuer's and are as good as random, and nobody can fill a bucket with tokens that the issuer did not sign.
    /// </summary>
    private sealed class TokenText : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<char>, byte[]>
    {
        public static readonly TokenText Comparer = new();

        private const int Hashed = sizeof(ulong);

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<char> alternate, byte[] other) => Ascii.Equals(other, alternate);

        public int GetHashCode(byte[] text) => text.Length < Hashed ? text.Length : BitConverter.ToUInt64(text.AsSpan(^Hashed..)).GetHashCode();

        public int GetHashCode(ReadOnlySpan<char> text)
        {
            if (text.Length < Hashed)
                return text.Length;

            Span<byte> end = stackalloc byte[Hashed];
            Ascii.FromUtf16(text[^Hashed..], end, out _);
            return BitConverter.ToUInt64(end).GetHashCode();
        }

        public byte[] Create(ReadOnlySpan<char> alternate) => Encoding.ASCII.GetBytes(alternate.ToArray());
    }
}
