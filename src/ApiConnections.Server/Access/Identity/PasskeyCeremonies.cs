using System.Buffers.Text;
using System.Text.Json;
using ApiConnections.Server.Model;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access.Identity;

/// <summary>What a browser is asked for, and what the answer will be held against.</summary>
/// <param name="Options">In JSON, for the browser (WebAuthn s5.4, s5.5).</param>
/// <param name="State">Holds the challenge; kept where only this server can have put it.</param>
internal sealed record PasskeyQuestion(string Options, string State);

/// <summary>
/// The cryptography of passkeys, which is the framework's (ASP.NET Core Identity), with the person and their passkeys as they were read: it asks no storage of its own, so that an outage
/// is none of its refusals, and whoever calls it decides in one transaction.
/// </summary>
/// <see href="https://www.w3.org/TR/webauthn-3/#sctn-rp-operations"/>
internal sealed class PasskeyCeremonies
{
    /// <summary>How long a person has for it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private const int LongestAnswer = 8 * 1024;
    private readonly IOptions<IdentityPasskeyOptions> options;

    public PasskeyCeremonies(IOptions<IssuerOptions> issuer)
    {
        var address = issuer.Value.Uri;
        var origin = address.GetLeftPart(UriPartial.Authority);
        // WebAuthn s5.1.3: the domain of a secure context, or this machine by its name; never a number.
        ArePossible = address.HostNameType == UriHostNameType.Dns && (address.Scheme == Uri.UriSchemeHttps || address.Host == "localhost");
        options = Options.Create(new IdentityPasskeyOptions
        {
            AuthenticatorTimeout = Lifetime,
            ServerDomain = address.Host,
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            // The configured address, whatever the request says of itself; and no page of somebody else's around ours.
            ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.TopOrigin is null && string.Equals(context.Origin, origin, StringComparison.Ordinal)),
        });
    }

    /// <summary>Whether browsers make passkeys for this installation's address at all.</summary>
    public bool ArePossible { get; }

    /// <summary>Asks for a new passkey.</summary>
    public async Task<PasskeyQuestion> AskForNew(User user, IReadOnlyList<Passkey> there)
    {
        var asked = await Handler(user, there).MakeCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id.ToString(), Name = user.Email, DisplayName = user.Name }, new DefaultHttpContext());
        return new PasskeyQuestion(asked.CreationOptionsJson, asked.AttestationState!);
    }

    /// <summary>Asks for one of the passkeys that the browser knows for this address.</summary>
    /// <param name="user">Whose; null where nobody has said yet who they are.</param>
    public async Task<PasskeyQuestion> AskForOne(User? user, IReadOnlyList<Passkey> there)
    {
        var asked = await Handler(user, there).MakeRequestOptionsAsync(user, new DefaultHttpContext());
        return new PasskeyQuestion(asked.RequestOptionsJson, asked.AssertionState!);
    }

    /// <summary>The passkey that was made, where all is as it was asked for.</summary>
    /// <returns>Null and why, where it is not; for the operator's log alone.</returns>
    public async Task<(UserPasskeyInfo? Made, string? WhyNot)> CheckNew(User user, IReadOnlyList<Passkey> there, string state, string? answer)
    {
        if (answer is not { Length: > 0 and <= LongestAnswer })
            return (null, "no answer, or too long a one");

        var checking = await Handler(user, there).PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = new DefaultHttpContext(), CredentialJson = answer, AttestationState = state });
        return checking.Succeeded && checking.UserEntity.Id == user.Id.ToString() ? (checking.Passkey, null) : (null, checking.Failure?.Message);
    }

    /// <summary>The passkey as it is after it was used, where all is as it was asked for.</summary>
    /// <inheritdoc cref="CheckNew"/>
    public async Task<(UserPasskeyInfo? Used, string? WhyNot)> Check(User user, Passkey passkey, string state, string? answer)
    {
        var checking = await Handler(user, [passkey]).PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = new DefaultHttpContext(), CredentialJson = answer!, AssertionState = state });
        return checking.Succeeded && checking.User == user ? (checking.Passkey, null) : (null, checking.Failure?.Message);
    }

    /// <summary>Which passkey an answer claims to come from; null where it is none.</summary>
    public static byte[]? CredentialOf(string? answer)
    {
        if (answer is not { Length: > 0 and <= LongestAnswer })
            return null;

        try
        {
            using var document = JsonDocument.Parse(answer, new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? Base64Url.DecodeFromChars(id.GetString()) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private PasskeyHandler<User> Handler(User? user, IReadOnlyList<Passkey> passkeys)
    {
        // Of the manager it uses only what looks a person and their passkeys up.
#pragma warning disable CA2000 // it holds nothing but the rows
        var manager = new UserManager<User>(
            new PasskeyRows(user, passkeys), Options.Create(new IdentityOptions()), new PasswordHasher<User>(), [], [], new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), null!, NullLogger<UserManager<User>>.Instance);
#pragma warning restore CA2000
        return new PasskeyHandler<User>(manager, options);
    }
}
