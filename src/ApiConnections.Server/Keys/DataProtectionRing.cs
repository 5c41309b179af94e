using System.Text;
using System.Xml.Linq;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Keys;

/// <summary>
/// The ring that seals forms and addresses of pages, in the database and shared by all nodes, each key sealed with the key-encryption key. The library
/// reads and writes it without waiting asynchronously: at the first page, then once a day.
/// </summary>
internal sealed class DataProtectionRing(IDatabase database, KeyEncryptionKey kek, TimeProvider time) : IXmlRepository
{
    public const string Purpose = "data protection key";

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var stored = Task.Run(() => database.Read(DataProtectionKeyStore.All)).GetAwaiter().GetResult();
        // One that does not open was sealed with another key: what it protected is void, nothing else is.
        return [.. stored.Select(key => kek.Open(Purpose, key.Sealed)).OfType<byte[]>().Select(xml => XElement.Parse(Encoding.UTF8.GetString(xml)))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        var box = kek.Seal(Purpose, Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting)));
        Task.Run(() => database.Write<bool>(async session =>
        {
            await DataProtectionKeyStore.Insert(session, friendlyName, box, time.GetUtcNow());
            return true;
        })).GetAwaiter().GetResult();
    }
}

internal static class DataProtectionRingServices
{
    public static IServiceCollection AddDataProtectionRing(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("api-connections");
        services.AddSingleton<DataProtectionRing>().AddSingleton<RingAtFirstUse>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<DataProtectionRing>()));
        return services;
    }

    /// <summary>
    /// The library would read the ring, and make it, while the program starts; the first page is early enough. Called last, since whatever seals something adds it again.
    /// </summary>
    public static void ReadRingAtFirstUse(this IServiceCollection services)
    {
        foreach (var warmUp in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
            services.Remove(warmUp);
    }
}
