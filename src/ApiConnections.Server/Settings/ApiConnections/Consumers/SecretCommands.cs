using System.CommandLine;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>The commands <c>secret …</c>.</summary>
internal static class SecretCommands
{
    public static Command Secret(CommandRunner run)
    {
        var key = new Argument<string>("KEY") { Description = "The consumer's key." };
        var label = new Option<string?>("--label") { Description = "What it is for, so that it can be told apart." };
        var expires = new Option<DateTimeOffset?>("--expires") { Description = "When it stops by itself, for example 2027-01-31T00:00:00Z; never by default." };
        var grace = new Option<double?>("--others-end-after-hours") { Description = "Lets the other live secrets end after so many hours (0 to 720): a rotation with grace." };
        var which = new Argument<string>("SECRET") { Description = "Its id, or its last four characters." };
        var tokens = new Option<bool>("--revoke-tokens") { Description = "End every token of the consumer too." };

        return new Command("secret", "Secrets of a consumer: several may live at once.")
        {
            run.On(
                new Command("add", "Make a secret; it is printed this once.") { key, label, expires, grace },
                call => call.Service<ConsumerSecrets>().Add(
                    CommandCall.Actor, call.Get(key)!, call.Get(label), call.Get(expires), call.Get(grace) is { } hours ? TimeSpan.FromHours(double.IsNaN(hours) ? -1 : Math.Clamp(hours, -1, 100_000)) : null),
                added => new View(
                    new { added.Consumer.Key, id = added.Secret.Stored.Id, secret = added.Secret.Clear.Reveal(), added.Secret.Stored.Hint, added.Secret.Stored.Label, added.Secret.Stored.ExpiresAt },
                    $"Secret for \"{added.Consumer.Name}\" made.",
                    $"Secret  {added.Secret.Clear.Reveal()}",
                    "The secret is shown only now; store it where secrets belong.")),
            run.On(
                new Command("revoke", "Revoke a secret: it authenticates nobody any more.") { key, which, tokens },
                call => call.Service<ConsumerAccess>().RevokeSecret(CommandCall.Actor, call.Get(key)!, call.Get(which)!, call.Get(tokens)),
                secret => new View(new { secret.Id, secret.Hint, secret.Label }, $"Secret …{secret.Hint} is revoked.")),
        };
    }
}
