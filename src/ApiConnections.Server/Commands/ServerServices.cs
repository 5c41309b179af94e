using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>What lies below the rooms, the same for the server and for commands.</summary>
internal static class ServerServices
{
    public static IServiceCollection AddServer(this IServiceCollection services, IEnumerable<Room> rooms)
    {
        services
            .Settings<DataOptions, DataOptionsValidator>(DataOptions.Section)
            .Settings<DatabaseOptions, DatabaseOptionsValidator>(DatabaseOptions.Section)
            .Settings<KeyOptions, KeyOptionsValidator>(KeyOptions.Section)
            .Settings<IssuerOptions, IssuerOptionsValidator>(IssuerOptions.Section)
            .Settings<ConsoleOptions, ConsoleOptionsValidator>(ConsoleOptions.Section)
            .Settings<MailOptions, MailOptionsValidator>(MailOptions.Section);

        services
            .AddSingleton<Instruments>()
            .AddSingleton<Mailer>()
            .AddSingleton<DatabaseClock>()
            .AddSingleton<TimeProvider>(provider => provider.GetRequiredService<DatabaseClock>());
        AddStorageAndKeys(services);
        AddAccess(services);
        foreach (var room in rooms)
        {
            room.Services(services);
            if (room.Menu is { } entry)
                services.AddSingleton(entry);
            if (room.Tab is { } tab)
                services.AddSingleton(tab);
        }

        services.ReadRingAtFirstUse();
        return services;
    }

    private static void AddStorageAndKeys(IServiceCollection services) => services
        .AddSingleton(provider => new DataFolder(provider.GetRequiredService<IOptions<DataOptions>>().Value.Data))
        .AddSingleton(provider => Measured(provider, provider.GetRequiredService<IOptions<DatabaseOptions>>().Value is { Engine: Engine.Postgres } postgres
            ? new PostgresDatabase(postgres)
            : new SqliteDatabase(provider.GetRequiredService<DataFolder>().DatabaseFile)))
        .AddSingleton(provider => KeyEncryptionKey.Load(
            provider.GetRequiredService<IOptions<KeyOptions>>().Value, provider.GetRequiredService<IOptions<DatabaseOptions>>().Value, provider.GetRequiredService<DataFolder>()))
        .AddSingleton<Installation>()
        .AddSingleton<KeyRing>()
        .AddSingleton(provider => provider.GetRequiredService<IOptions<KeyOptions>>().Value)
        .AddSingleton<KeyRotation>()
        .AddDataProtectionRing()
        .AddSingleton<AuditLog>();

    private static IDatabase Measured(IServiceProvider provider, IDatabase database) =>
        provider.GetService<TelemetrySettings>() is null ? database : new MeasuredDatabase(database, provider.GetRequiredService<Instruments>());

    private static void AddAccess(IServiceCollection services) => services
        .AddSingleton(provider => Catalogue.Load(provider.GetRequiredService<IOptions<IssuerOptions>>().Value))
        .AddSingleton<HostLinks>()
        .AddSingleton<Changes>()
        .AddSingleton<ChangeListener>()
        .AddSingleton<UseRecorder>()
        .AddSingleton<RequestLog>()
        .AddSingleton<ConsumerDirectory>()
        .AddSingleton<ApiDirectory>()
        .AddSingleton<ApiListeners>()
        .AddSingleton<GroupRules>()
        .AddSingleton<ResourceLookup>()
        .AddSingleton<RequestedScope>()
        .AddSingleton<Sessions>()
        .AddSingleton<PasswordHashing>()
        .AddSingleton<FailedSignIns>()
        .AddSingleton<CompanyPolicies>()
        .AddSingleton<Passwords>()
        .AddSingleton<Persons>()
        .AddSingleton<PersonEdits>()
        .AddSingleton<SecondFactors>()
        .AddSingleton<PasskeyCeremonies>()
        .AddSingleton<Passkeys>()
        .AddSingleton<PersonLinks>()
        .AddSingleton<Confirmation>()
        .AddSingleton<Authorizations>()
        .AddSingleton<AuthorizationAccess>()
        .AddSingleton<AuthorizationCodes>()
        .AddSingleton<Trials>()
        .AddSingleton<TokenFamilies>()
        .AddSingleton<IssuedTokens>()
        .AddSingleton<AccessTokenRevocations>()
        .AddSingleton<ApiCredentials>()
        .AddSingleton<Narrowing>()
        .AddSingleton<ConsumerChanges>()
        .AddSingleton<ConsumerAccess>()
        .AddSingleton<CompanyAccess>()
        .AddSingleton<Restoration>()
        .AddSingleton<Secrets>();
}
