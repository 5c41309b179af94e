using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

internal sealed record TokenOptions
{
    public const string Section = "ApiConnections:Token";

    [Description("The audience of tokens for which no `resource` is asked: that of a registered API. By default the longest standing API that is open to the consumer's company.")]
    [MaxLength(500)]
    public string? DefaultAudience { get; init; }
}

[OptionsValidator]
internal sealed partial class TokenOptionsValidator : IValidateOptions<TokenOptions>;
