using System.Reflection;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Reads the module catalogue: the host's file where one is configured, else the built-in one.</summary>
internal static class Catalogue
{
    public static ModuleCatalogue Load(IssuerOptions options)
    {
        var (catalogue, whyNot) = ModuleCatalogue.Parse(options.Catalogue is { Length: > 0 } file ? ReadHosts(file) : ReadBuiltIn());
        return catalogue ?? throw new SettingException("ApiConnections:Catalogue", whyNot!);
    }

    private static byte[] ReadHosts(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException("ApiConnections:Catalogue", $"{file} cannot be read: {e.Message}");
        }
    }

    private static byte[] ReadBuiltIn()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("catalogue.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
