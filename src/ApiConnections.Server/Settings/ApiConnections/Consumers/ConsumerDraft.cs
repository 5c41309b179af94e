using System.Globalization;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>What stands in the form of a consumer while somebody types, as they typed it.</summary>
internal sealed class ConsumerDraft
{
    public string Grant { get; set; } = GrantTypes.ClientCredentials;

    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public List<string> Callbacks { get; } = [""];

    public string Url { get; set; } = "";

    public string PrivacyPolicyUrl { get; set; } = "";

    public string EulaUrl { get; set; } = "";

    public string Group { get; set; } = "";

    public bool Confidential { get; set; } = true;

    public bool PkceOptional { get; set; }

    public bool RefreshTokens { get; set; }

    public string Minutes { get; set; } = Text(ConsumerOptions.Default.AccessTokenMinutes);

    public string IdleDays { get; set; } = Text(ConsumerOptions.Default.RefreshIdleDays);

    public string AbsoluteDays { get; set; } = Text(ConsumerOptions.Default.RefreshAbsoluteDays);

    public string PerMinute { get; set; } = "";

    /// <summary>One a line.</summary>
    public string Networks { get; set; } = "";

    public HashSet<string> Required { get; } = [];

    public bool IsCode => Grant == GrantTypes.AuthorizationCode;

    /// <summary>What cannot be changed here, and is saved as it is.</summary>
    private ConsumerOptions Kept { get; init; } = ConsumerOptions.Default;

    public static ConsumerDraft Of(Consumer consumer, PermissionGroup group)
    {
        var options = consumer.Options;
        var draft = new ConsumerDraft
        {
            Grant = consumer.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode,
            Name = consumer.Name,
            Description = consumer.Description,
            Url = consumer.Links.Url ?? "",
            PrivacyPolicyUrl = consumer.Links.PrivacyPolicyUrl ?? "",
            EulaUrl = consumer.Links.EulaUrl ?? "",
            Group = group.Name,
            Confidential = consumer.Confidential,
            PkceOptional = options.PkceOptional,
            RefreshTokens = options.RefreshTokens,
            Minutes = Text(options.AccessTokenMinutes),
            IdleDays = Text(options.RefreshIdleDays),
            AbsoluteDays = Text(options.RefreshAbsoluteDays),
            PerMinute = options.RequestsPerMinute is { } limit ? Text(limit) : "",
            Networks = string.Join('\n', options.AllowedNetworks),
            Kept = options,
        };
        if (consumer.CallbackUrls.Count > 0)
            draft.Callbacks.Clear();
        draft.Callbacks.AddRange(consumer.CallbackUrls.Select(callback => callback.Value));
        foreach (var scope in consumer.RequiredScopes)
            draft.Required.Add(scope);
        return draft;
    }

    /// <summary>As the functions of the room take it; what is no number becomes one that they refuse.</summary>
    public NewConsumer Typed(string company) => new()
    {
        Company = company,
        Name = Name,
        Description = Description,
        GrantType = Grant,
        Confidential = !IsCode || Confidential,
        CallbackUrls = IsCode ? [.. Callbacks.Select(callback => callback.Trim()).Where(callback => callback.Length > 0)] : [],
        Links = new ConsumerLinks(OrNull(Url), OrNull(PrivacyPolicyUrl), OrNull(EulaUrl)),
        Group = Group,
        RequiredScopes = IsCode ? string.Join(' ', Required.Order(StringComparer.Ordinal)) : "",
        Options = Kept with
        {
            AccessTokenMinutes = Number(Minutes),
            RequestsPerMinute = PerMinute.Trim().Length == 0 ? null : Number(PerMinute),
            AllowedNetworks = [.. Networks.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            PkceOptional = IsCode && Confidential && PkceOptional,
            RefreshIdleDays = Number(IdleDays),
            RefreshAbsoluteDays = Number(AbsoluteDays),
            RefreshTokens = !IsCode && RefreshTokens,
        },
    };

    private static string? OrNull(string text) => text.Trim().Length == 0 ? null : text.Trim();

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A form in work: the draft, what can be chosen, and what is wrong with it so far.</summary>
/// <param name="Existing">The consumer that is edited; null for a new one.</param>
internal sealed record ConsumerForming(ConsumerDraft Draft, IReadOnlyList<GroupChoice> Groups, Consumer? Existing)
{
    /// <summary>The groups to choose from; one may be made meanwhile.</summary>
    public IReadOnlyList<GroupChoice> Groups { get; set; } = Groups;

    public Dictionary<ConsumerField, Sentence> Problems { get; } = [];
}
