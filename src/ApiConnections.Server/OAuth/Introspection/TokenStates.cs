using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.Introspection;

/// <summary>Reads how tokens stand, from the rows: those that are asked about at the same time share one reading.</summary>
internal sealed class TokenStates : IAsyncDisposable
{
    private readonly IDatabase database;
    private readonly TimeProvider time;
    private readonly GroupCommit<TokenHook, TokenState?> together;

    public TokenStates(IDatabase database, TimeProvider time)
    {
        (this.database, this.time) = (database.Grouped, time);
        together = new(Read, onceMore: false);
    }

    /// <summary>Null where what it hangs on is not there any more.</summary>
    // Hot path: introspect
    public Task<TokenState?> Of(IssuedAccessToken token) => together.Add(new TokenHook(token.AuthorizationId, token.FamilyId, token.Id, token.KeyId));

    public ValueTask DisposeAsync() => together.DisposeAsync();

    private Task<IReadOnlyList<TokenState?>> Read(IReadOnlyList<TokenHook> tokens) => database.Read(session => TokenStateStore.Read(session, tokens, time.GetUtcNow()));
}
