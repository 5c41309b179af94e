using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace ApiConnections.Server.Hosting;

/// <summary>Sends mails, where a mail server is configured. Whoever sends one has another way for when the mail server is away.</summary>
internal sealed partial class Mailer(IOptions<MailOptions> options, ILogger<Mailer> logger)
{
    // Of everything together: somebody waits for it.
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    public bool IsOn => !string.IsNullOrEmpty(options.Value.Server);

    /// <summary>Hands a mail to the mail server.</summary>
    /// <returns>False where it did not take it within ten seconds; the log says why.</returns>
    public async Task<bool> Send(string name, string address, string subject, string text)
    {
        using var stop = new CancellationTokenSource(patience);
        try
        {
            // Not all that a client does hears of the end of patience, such as the look-up of a name.
            await Hand(name, address, subject, text, stop.Token).WaitAsync(stop.Token);
            return true;
        }
        catch (Exception e)
        {
            LogFailed(logger, e is OperationCanceledException ? $"it did not take it within {patience.TotalSeconds:F0} seconds." : e.Message);
            return false;
        }
    }

    private async Task Hand(string name, string address, string subject, string text, CancellationToken stop)
    {
        var mail = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = text } };
        mail.From.Add(MailboxAddress.Parse(options.Value.From ?? ""));
        mail.To.Add(new MailboxAddress(name, address));

        using var client = new SmtpClient();
        await client.ConnectAsync(options.Value.Server ?? "", options.Value.Port, Security(options.Value.Security), stop);
        if (options.Value.User is { } user)
            await client.AuthenticateAsync(user, options.Value.Password ?? "", stop);
        await client.SendAsync(mail, stop);
        await client.DisconnectAsync(quit: true, stop);
    }

    private static SecureSocketOptions Security(MailSecurity security) => security switch
    {
        MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        MailSecurity.None => SecureSocketOptions.None,
        _ => SecureSocketOptions.StartTls,
    };

    [LoggerMessage(LogLevel.Warning, "A mail could not be handed to the mail server: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
