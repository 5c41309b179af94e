using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access;

/// <summary>Refusals of administrative functions, the same at every door: command line, page, JSON API.</summary>
internal static class Refused
{
    private static readonly OAuthError invalid = new("invalid", 400);
    private static readonly OAuthError notFound = new("not_found", 404);
    private static readonly OAuthError conflict = new("conflict", 409);

    /// <summary>Somebody else has saved it since it was read.</summary>
    public static readonly Refusal ChangedMeanwhile = new OAuthError("changed_meanwhile", 409).Because("Somebody else has saved this since you opened it; look at what changed, and save again.");

    /// <summary>What was typed cannot be taken.</summary>
    public static Refusal Invalid(Sentence sentence) => Make(invalid, sentence);

    /// <summary>There is no such thing, or it is another company's.</summary>
    public static Refusal NotFound(Sentence sentence) => Make(notFound, sentence);

    /// <summary>It cannot be done as things stand.</summary>
    public static Refusal Conflict(Sentence sentence) => Make(conflict, sentence);

    private static Refusal Make(OAuthError error, Sentence sentence) => error.Because(sentence) with { Template = sentence.Template, Arguments = sentence.Arguments };
}
