using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;
using OtpNet;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A key for an authenticator app that no code has proved yet.</summary>
/// <param name="Key">In base32, for typing.</param>
/// <param name="Address">The <c>otpauth:</c> address, for a QR code.</param>
internal sealed record PendingSecondFactor(string Key, string Address)
{
    public override string ToString() => "***";
}

/// <summary>How things stand with a person's second factor.</summary>
/// <param name="Pending">Begun and not confirmed; null where nothing was begun.</param>
internal sealed record SecondFactorState(bool On, int RecoveryCodesLeft, PendingSecondFactor? Pending);

/// <summary>
/// The second factor: codes of an authenticator app, each taken once, and ten recovery codes for when the app is lost, each taken once too. The key is sealed
/// with the key-encryption key; of recovery codes only SHA-256 is kept, which is enough for 80 random bits.
/// </summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6238"/>
internal sealed class SecondFactors(IDatabase database, KeyEncryptionKey kek, AuditLog log, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    public const int CodeDigits = 6;
    public const int RecoveryCodes = 10;
    private const int KeyBytes = 20; // RFC 4226 s4 R6
    private const int RecoveryCharacters = 16;
    private const string RecoveryAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"; // 32 that are not taken for one another

    // RFC 6238 s5.2: one step before and after, for clocks and slow fingers.
    private static readonly VerificationWindow window = new(previous: 1, future: 1);

    /// <summary>For which a person's key is sealed.</summary>
    public static string Purpose(Guid user) => "authenticator " + user;

    public async Task<SecondFactorState> State(User user)
    {
        var found = await database.Read(session => CredentialStore.Find(session, user.Id));
        return found is not { } pair
            ? new SecondFactorState(false, 0, null)
            : new SecondFactorState(pair.Credentials.HasSecondFactor, pair.Credentials.RecoveryCodes.Count, pair.Credentials.TotpPending is { } box && kek.Open(Purpose(user.Id), box) is { } key ? Pending(user, key) : null);
    }

    /// <summary>Makes a key that becomes the second factor with a first code; one that was begun before is void.</summary>
    public Task<Outcome<PendingSecondFactor>> Begin(User user) => database.Write<PendingSecondFactor>(async session =>
    {
        if (await CredentialStore.Find(session, user.Id) is not { Credentials.HasSecondFactor: false })
            return PersonRefused.SecondFactorThere;

        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        await CredentialStore.SetPending(session, user.Id, kek.Seal(Purpose(user.Id), key));
        return Pending(user, key);
    });

    /// <summary>The first code of the pending key makes it the second factor. Sessions elsewhere, which never showed one, end.</summary>
    /// <param name="here">The session in which it is done; null where somebody does it while they sign in.</param>
    /// <returns>The recovery codes, which nobody sees again.</returns>
    public Task<Outcome<IReadOnlyList<string>>> Confirm(Actor actor, User user, Guid? here, string? code) => database.Write<IReadOnlyList<string>>(async session =>
    {
        if (await UserStore.FindAndHold(session, user.Id) is null || await CredentialStore.Find(session, user.Id) is not { Credentials: { TotpPending: { } box, HasSecondFactor: false } })
            return PersonRefused.NothingToConfirm;
        if (kek.Open(Purpose(user.Id), box) is not { } key || StepOf(key, code) is not { } step)
            return PersonRefused.CodeWrong;

        var (codes, hashes) = NewRecoveryCodes();
        if (!await CredentialStore.Confirm(session, user.Id, box, step, hashes, Persons.NewStamp()))
            return PersonRefused.NothingToConfirm;

        var ended = await SessionStore.EndAllOf(session, user.Id, "second_factor.on", time.GetUtcNow(), here);
        await log.Append(session, actor, user.CompanyId, Persons.Module, "second_factor.on", user.Id.ToString(), new { user.Email, sessions_ended = ended });
        return Outcome.Of(codes);
    });

    /// <summary>Takes the second factor away, unless the company asks for one and there is no passkey. Of whoever does it themselves the password was asked before (<see cref="Passwords.Prove"/>).</summary>
    public Task<Outcome<User>> Remove(Actor actor, User user) => database.Write<User>(async session =>
        await UserStore.FindAndHold(session, user.Id) is { } held && await CredentialStore.Find(session, held.Id) is { Credentials.Passkeys: 0 } && (await SecurityPolicyStore.Of(session, held.CompanyId)).AsksSecondFactor(held.Role)
            ? PersonRefused.SecondFactorRequired
            : await Remove(session, actor, user));

    /// <summary>Takes the second factor of somebody away who has lost it.</summary>
    /// <param name="who">Whose: their e-mail address or id.</param>
    public Task<Outcome<User>> RemoveOf(Actor actor, string who) => database.Write<User>(async session =>
        (await PersonLookup.Find(session, actor, who, time.GetUtcNow(), recent: true)).TryGet(out var user, out var refusal) ? await Remove(session, actor, user) : refusal);

    /// <summary>New recovery codes; those before are void. The password was asked before.</summary>
    public Task<Outcome<IReadOnlyList<string>>> Renew(Actor actor, User user) => database.Write<IReadOnlyList<string>>(async session =>
    {
        var (codes, hashes) = NewRecoveryCodes();
        if (!await CredentialStore.SetRecoveryCodes(session, user.Id, hashes))
            return PersonRefused.NoSecondFactor;

        await log.Append(session, actor, user.CompanyId, Persons.Module, "second_factor.new_recovery_codes", user.Id.ToString(), new { user.Email });
        return Outcome.Of(codes);
    });

    /// <summary>Takes a code of the app or a recovery code, in the transaction of what it allows; one that was taken before is wrong.</summary>
    /// <returns>Null where it is wrong; else whether it was a recovery code.</returns>
    public async Task<bool?> Take(Session session, User user, Credentials credentials, string? typed)
    {
        var code = new string([.. (typed ?? "").Take(64).Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant)]);
        if (code.Length == RecoveryCharacters)
            return await CredentialStore.TakeRecoveryCode(session, user.Id, Hash(code)) ? true : null;
        if (credentials.TotpKey is not { } box || kek.Open(Purpose(user.Id), box) is not { } key || StepOf(key, code) is not { } step)
            return null;

        return await CredentialStore.TakeStep(session, user.Id, step) ? false : null;
    }

    private async Task<Outcome<User>> Remove(Session session, Actor actor, User user)
    {
        if (!await CredentialStore.RemoveSecondFactor(session, user.Id, Persons.NewStamp()))
            return PersonRefused.NoSecondFactor;

        await log.Append(session, actor, user.CompanyId, Persons.Module, "second_factor.off", user.Id.ToString(), new { user.Email });
        return user;
    }

    private long? StepOf(byte[] key, string? typed)
    {
        var code = new string([.. (typed ?? "").Take(64).Where(char.IsAsciiDigit)]);
        return code.Length == CodeDigits && new Totp(key).VerifyTotp(time.GetUtcNow().UtcDateTime, code, out var step, window) ? step : null;
    }

    private PendingSecondFactor Pending(User user, byte[] key)
    {
        var text = Base32Encoding.ToString(key).TrimEnd('=');
        var place = issuer.Value.Uri.Host;
        return new PendingSecondFactor(text, $"otpauth://totp/{Uri.EscapeDataString($"API Connections ({place}):{user.Email}")}?secret={text}&issuer={Uri.EscapeDataString($"API Connections ({place})")}");
    }

    private static (IReadOnlyList<string> Codes, IReadOnlyList<string> Hashes) NewRecoveryCodes()
    {
        var codes = Enumerable.Range(0, RecoveryCodes).Select(_ => RandomNumberGenerator.GetString(RecoveryAlphabet, RecoveryCharacters)).ToArray();
        return ([.. codes.Select(code => string.Join('-', code.Chunk(4).Select(four => new string(four))))], [.. codes.Select(Hash)]);
    }

    private static string Hash(string code) => Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(code)));
}
