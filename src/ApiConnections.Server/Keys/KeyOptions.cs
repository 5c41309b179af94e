using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Keys;

/// <summary>The signing keys and what they are sealed with.</summary>
internal sealed record KeyOptions
{
    public const string Section = "ApiConnections:Keys";

    [Description("The key-encryption key: 32 random bytes in base64. Required on PostgreSQL (this or `EncryptionKeyFile`), the same on every node; on SQLite made at the first start in the data folder.")]
    public string? EncryptionKey { get; init; }

    [Description("A file of mode 0600 that holds the key-encryption key in base64.")]
    public string? EncryptionKeyFile { get; init; }

    [Description("How long a signing key is published before it signs, in days: longer than anybody caches the key set.")]
    [Range(0.01, 30)]
    public double AnnounceDays { get; init; } = 1;

    [Description("How long a signing key signs, in days.")]
    [Range(1, 730)]
    public double SignDays { get; init; } = 90;

    public TimeSpan Announce => TimeSpan.FromDays(AnnounceDays);

    public TimeSpan Sign => TimeSpan.FromDays(SignDays);

    /// <summary>How long a retired key stays published: no token lives longer than two hours, and an hour more for clocks and caches.</summary>
    public static readonly TimeSpan KeepRetired = TimeSpan.FromHours(3);
}

[OptionsValidator]
internal sealed partial class KeyOptionsValidator : IValidateOptions<KeyOptions>;
