using QRCoder;

namespace ApiConnections.Server.Console.Static;

/// <summary>Draws a QR code into the page itself, so that the key in it is in no address and in no cache.</summary>
internal static class QrCode
{
    private const int PixelsPerModule = 6;

    /// <returns>A <c>data:</c> address of a PNG.</returns>
    public static string Of(string text)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        using var code = new PngByteQRCode(data);
        return "data:image/png;base64," + Convert.ToBase64String(code.GetGraphic(PixelsPerModule));
    }
}
