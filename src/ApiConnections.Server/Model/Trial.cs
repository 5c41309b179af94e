namespace ApiConnections.Server.Model;

/// <summary>A one-time request with which somebody tries an app in the console, as the very person of one session.</summary>
/// <param name="StateHash">SHA-256 of its <see cref="TrialState"/>.</param>
/// <param name="SessionId">Only in this session may it be asked and answered.</param>
/// <param name="Challenge">RFC 7636: of a verifier that is kept where the trial was begun and nowhere else.</param>
/// <param name="Before">What the person had allowed the app before; null for nothing.</param>
internal sealed record Trial(Guid Id, byte[] StateHash, string Consumer, Guid UserId, Guid SessionId, string Challenge, Guid? Before, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>When something came back; nothing more is taken from then on.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>The code that came back, for who knows the state; null where an error did.</summary>
    public byte[]? SealedCode { get; init; }

    /// <summary>The error that came back; null where a code did.</summary>
    public string? Error { get; init; }

    public bool IsOpenAt(DateTimeOffset now) => AnsweredAt is null && now < ExpiresAt;
}
