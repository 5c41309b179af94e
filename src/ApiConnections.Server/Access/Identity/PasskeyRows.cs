using ApiConnections.Server.Model;
using Microsoft.AspNetCore.Identity;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A person and their passkeys as they were read, in the form in which the framework looks them up.</summary>
internal sealed class PasskeyRows(User? user, IReadOnlyList<Passkey> passkeys) : IUserPasskeyStore<User>
{
    public Task<User?> FindByIdAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(user?.Id.ToString() == userId ? user : null);

    public Task<string> GetUserIdAsync(User user, CancellationToken cancellationToken) => Task.FromResult(user.Id.ToString());

    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(User user, CancellationToken cancellationToken) => Task.FromResult<IList<UserPasskeyInfo>>([.. passkeys.Select(Info)]);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(passkeys.FirstOrDefault(passkey => passkey.CredentialId.AsSpan().SequenceEqual(credentialId)) is { } found ? Info(found) : null);

    /// <summary>Of the person's own; that it is nobody else's, the insert decides.</summary>
    public Task<User?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(passkeys.Any(passkey => passkey.CredentialId.AsSpan().SequenceEqual(credentialId)) ? user : null);

    public void Dispose()
    {
    }

    // What follows is the room's business, in its own transactions.
    public Task<string?> GetUserNameAsync(User user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetUserNameAsync(User user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(User user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(User user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(User user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(User user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddOrUpdatePasskeyAsync(User user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemovePasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static UserPasskeyInfo Info(Passkey passkey) => new(
        passkey.CredentialId, passkey.PublicKey, passkey.CreatedAt, (uint)passkey.SignCount, [.. passkey.Transports], isUserVerified: true, passkey.BackupEligible, passkey.BackedUp, attestationObject: [], clientDataJson: []);
}
