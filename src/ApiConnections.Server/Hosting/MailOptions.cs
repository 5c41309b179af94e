using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MimeKit;

namespace ApiConnections.Server.Hosting;

/// <summary>How the connection to the mail server is protected.</summary>
internal enum MailSecurity
{
    /// <summary>Begun in clear text, and never gone on with before TLS is on.</summary>
    StartTls,

    Tls,

    None,
}

/// <summary>The mail server that invitations are sent through.</summary>
internal sealed record MailOptions
{
    public const string Section = "ApiConnections:Mail";

    [Description("The mail server's name; none by default, and then one-time links are shown to the administrator, who hands them over.")]
    public string? Server { get; init; }

    [Description("The mail server's port.")]
    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    [Description("`starttls` (the connection is protected before anything is said), `tls` (from the first byte, mostly port 465), or `none` for a server on the same host or in the same network.")]
    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    [Description("Who the server signs in as at the mail server; none where that asks nobody.")]
    public string? User { get; init; }

    [Description("The password for `User`; give it in the environment rather than in a file.")]
    public string? Password { get; init; }

    [Description("The sender of the mails, such as `API Connections <access@example.com>`; required with `Server`.")]
    public string? From { get; init; }
}

internal sealed class MailOptionsValidator : IValidateOptions<MailOptions>
{
    public ValidateOptionsResult Validate(string? name, MailOptions options)
    {
        if (options.Port is < 1 or > 65535)
            return ValidateOptionsResult.Fail("Port: between 1 and 65535.");
        if (string.IsNullOrEmpty(options.Server))
            return ValidateOptionsResult.Success;
        if (!MailboxAddress.TryParse(options.From, out _))
            return ValidateOptionsResult.Fail("From: give the sender's address, such as API Connections <access@example.com>.");

        return options.User is not null && options.Security == MailSecurity.None ? ValidateOptionsResult.Fail("User: no password is sent without TLS.") : ValidateOptionsResult.Success;
    }
}
