using System.Net;
using System.Net.Sockets;
using System.Text;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.UserAccounts;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.UserAccounts;

/// <summary>Links are mailed where a mail server is configured, and shown where it does not take them.</summary>
public sealed class MailTests
{
    [Fact]
    public async Task An_invitation_is_mailed_in_the_language_of_the_company_and_not_shown()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await installation.Execute("update companies set language = 'es'");
        using var server = new MailServer();
        var node = await installation.Start(null, [.. server.Settings]);

        var made = (await node.App.Services.GetRequiredService<Invitations>().Invite(Actor.CommandLine, "Acme", new("new@acme.test", "Zoë Ñandú", UserRole.User, null))).Granted();

        (made.Address, made.Delivery).ShouldBe((null, Delivery.Mailed));
        made.ToString().ShouldBe("***");
        var mail = await server.Mail;
        mail.ShouldContain("RCPT TO:<new@acme.test>");
        mail.ShouldContain("From: API Connections <access@acme.test>");
        // Quoted-printable breaks long lines.
        const string Path = "/invitation/";
        var text = mail.Replace("=\r\n", "", StringComparison.Ordinal);
        var token = new string([.. text[(text.IndexOf(Path, StringComparison.Ordinal) + Path.Length)..].TakeWhile(char.IsAsciiLetterOrDigit)]);
        installation.Watch(token);
        using var browser = node.Browser(installation);
        (await browser.Get(Path + token, ("Accept-Language", "es"))).Html.ShouldContain("new@acme.test");
    }

    [Fact]
    public async Task A_mail_server_that_is_away_leaves_the_invitation_and_its_link()
    {
        await using var installation = await Installation.New(On.Sqlite);
        (string, string?)[] away = [("ApiConnections:Mail:Server", "127.0.0.1"), ("ApiConnections:Mail:Port", Node.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture)), ("ApiConnections:Mail:From", "access@acme.test")];
        var node = await installation.Start(null, away);

        var made = (await node.App.Services.GetRequiredService<Invitations>().Invite(Actor.CommandLine, "Acme", new("new@acme.test", null, UserRole.User, null))).Granted();

        made.Delivery.ShouldBe(Delivery.NotMailed);
        using var browser = node.Browser(installation);
        installation.Watch(made.Address!.Split('/')[^1]);
        (await browser.Get(new Uri(made.Address).AbsolutePath)).Status.ShouldBe(HttpStatusCode.OK);
        installation.Log.Lines.ShouldContain(line => line.Contains("could not be handed to the mail server", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mail_server_that_says_nothing_is_waited_for_ten_seconds_and_no_longer()
    {
        await using var installation = await Installation.New(On.Sqlite);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var node = await installation.Start(null, ("ApiConnections:Mail:Server", "127.0.0.1"), ("ApiConnections:Mail:Port", port), ("ApiConnections:Mail:From", "access@acme.test"));

        var sending = node.App.Services.GetRequiredService<Invitations>().Invite(Actor.CommandLine, "Acme", new("new@acme.test", null, UserRole.User, null));

        // The invitation is committed before anybody waits for a mail server.
        (await node.App.Services.GetRequiredService<Invitations>().Invite(Actor.CommandLine, "Acme", new("NEW@acme.test", null, UserRole.User, null))).RefusedAs().ShouldBe("conflict");
        sending.IsCompleted.ShouldBeFalse();
        (await sending.WaitAsync(TimeSpan.FromSeconds(30))).Granted().Delivery.ShouldBe(Delivery.NotMailed);
    }

    [Fact]
    public async Task Settings_that_could_send_nothing_or_a_password_in_clear_text_stop_the_start()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        foreach (var (name, value, sentence) in new[] { ("From", "nobody <", "give the sender's address"), ("Port", "0", "between 1 and 65535"), ("User", "access", "no password is sent without TLS") })
        {
            installation.Settings["ApiConnections:Mail:Server"] = "mail.acme.test";
            installation.Settings["ApiConnections:Mail:From"] = "access@acme.test";
            installation.Settings["ApiConnections:Mail:Security"] = "none";
            installation.Settings["ApiConnections:Mail:" + name] = value;
            var result = await installation.Run("company", "list");
            result.Exit.ShouldBe(1);
            result.Error.ShouldContain($"ApiConnections:Mail:{name}: ");
            result.Error.ShouldContain(sentence);
            installation.Settings.Remove("ApiConnections:Mail:" + name);
        }
    }

    /// <summary>As much of a mail server (RFC 5321) as takes one mail.</summary>
    private sealed class MailServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public MailServer()
        {
            listener.Start();
            Mail = Take();
        }

        /// <summary>All that the client said.</summary>
        public Task<string> Mail { get; }

        public IEnumerable<(string, string?)> Settings =>
        [
            ("ApiConnections:Mail:Server", "127.0.0.1"), ("ApiConnections:Mail:Port", ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("ApiConnections:Mail:Security", "none"), ("ApiConnections:Mail:From", "API Connections <access@acme.test>"),
        ];

        public void Dispose() => listener.Dispose();

        private async Task<string> Take()
        {
            using var client = await listener.AcceptTcpClientAsync();
            using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
            await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
            var said = new StringBuilder();
            await writer.WriteLineAsync("220 mail.test");
            for (var (line, inData) = (await reader.ReadLineAsync(), false); line is not null; line = await reader.ReadLineAsync())
            {
                said.Append(line).Append("\r\n");
                if (inData && line != ".")
                    continue;

                await writer.WriteLineAsync(line switch { "DATA" => "354 go on", "QUIT" => "221 bye", _ => "250 ok" });
                inData = line == "DATA";
            }

            return said.ToString();
        }
    }
}
