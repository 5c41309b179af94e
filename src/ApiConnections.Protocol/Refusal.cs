namespace ApiConnections.Protocol;

/// <summary>A request turned down.</summary>
/// <param name="Error">The registered code and its HTTP status.</param>
/// <param name="Reason">Sent to the caller as <c>error_description</c>; holds only the characters of RFC 6749 s5.2.</param>
/// <param name="Detail">Told only to the consumer's owner; never a secret, code or token.</param>
public sealed record Refusal(OAuthError Error, string Reason, string? Detail = null)
{
    internal static readonly Refusal Undecided = OAuthError.ServerError.Because("The request was not decided.");

    /// <summary>How long to wait before the next try, sent as <c>Retry-After</c>; none by default.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What would have been right, told only to the consumer's owner, beside <see cref="Offending"/>; none by default.</summary>
    public string? Expected { get; init; }

    /// <summary>What the request brought instead, told only to the consumer's owner; never a secret, code or token. None by default.</summary>
    public string? Offending { get; init; }

    /// <summary>The reason with <c>{0}</c>, <c>{1}</c> in the places of <see cref="Arguments"/>, by which a page finds it in another language; none by default.</summary>
    public string? Template { get; init; }

    /// <summary>What fills the <see cref="Template"/>; nothing by default.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>The same refusal, with what would have been right and what came instead for the consumer's owner.</summary>
    public Refusal Against(string? expected, string? offending) => this with { Expected = expected, Offending = offending };

    /// <summary>The code and the reason; what only the owner may know does not print itself.</summary>
    public override string ToString() => $"{Error.Code}: {Reason}";
}
