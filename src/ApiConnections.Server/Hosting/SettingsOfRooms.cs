using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Hosting;

/// <summary>How a room brings its settings: bound to its section and checked before the program serves.</summary>
internal static class SettingsOfRooms
{
    public static IServiceCollection Settings<TOptions, TValidator>(this IServiceCollection services, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddSingleton<IValidateOptions<TOptions>>(_ => new Named<TOptions>(section, Activator.CreateInstance<TValidator>()));
        services.AddSingleton(new KnownSettings(section, typeof(TOptions)));
        services.AddOptions<TOptions>().Configure<IConfiguration>((options, configuration) => Bind(configuration.GetSection(section), options)).ValidateOnStart();
        return services;
    }

    private static void Bind<TOptions>(IConfigurationSection section, TOptions options)
        where TOptions : class
    {
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException e)
        {
            // The binder's word for a value that is no number, no engine and the like; it names the setting.
            throw new SettingException(section.Path, e.Message);
        }
    }

    /// <summary>Says the full name of the setting that is wrong.</summary>
    private sealed class Named<TOptions>(string section, IValidateOptions<TOptions> inner) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var result = inner.Validate(name, options);
            return result.Failed ? ValidateOptionsResult.Fail(result.Failures.Select(failure => $"{section}:{failure}")) : result;
        }
    }
}

/// <summary>A section of the settings and the record that it is bound to.</summary>
internal sealed record KnownSettings(string Section, Type Type);
