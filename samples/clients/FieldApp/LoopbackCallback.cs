using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ApiConnections.Samples.FieldApp;

/// <summary>Where the browser brings the answer: a free port of this computer's loopback address, open until one answer has come.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8252#section-7.3"/>
internal sealed class LoopbackCallback : IAsyncDisposable
{
    private const string Path = "/callback";
    private readonly WebApplication server;
    private readonly TaskCompletionSource<IQueryCollection> arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LoopbackCallback(WebApplication server) => this.server = server;

    /// <summary>The redirect URI: the registered one, with the port that was free.</summary>
    public string Address => $"http://127.0.0.1:{new Uri(server.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port}{Path}";

    public static async Task<LoopbackCallback> Open()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var callback = new LoopbackCallback(builder.Build());
        callback.server.MapGet(Path, callback.Take);
        await callback.server.StartAsync();
        return callback;
    }

    /// <summary>The code, once an answer has come that is meant for this sign-in.</summary>
    public async Task<string> Wait(string state, string issuer, TimeSpan patience, CancellationToken stop)
    {
        IQueryCollection answer;
        try
        {
            answer = await arrived.Task.WaitAsync(patience, stop);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            throw new FailureException("Nobody signed in; run field-app sign-in again.");
        }

        // RFC 6749 s10.12: another page may have sent the browser here. RFC 9207 s2.4: or another server.
        if (!Same(answer["state"].ToString(), state) || !Same(answer["iss"].ToString(), issuer))
            throw new FailureException("The answer in the browser belongs to another sign-in; run field-app sign-in again.");
        if (answer["error"].ToString() is { Length: > 0 } error)
            throw new FailureException(error == "access_denied" ? "You did not allow it; nothing was changed." : $"The server refuses ({error}): {answer["error_description"]}");

        return answer["code"].ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync();
        await server.DisposeAsync();
    }

    private IResult Take(HttpRequest request)
    {
        arrived.TrySetResult(request.Query);
        var (title, sentence) = Words(request.Headers.AcceptLanguage.ToString(), request.Query.ContainsKey("code"));
        return Results.Content(
            $"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title></head><body style=\"font-family:system-ui;margin:4rem auto;max-width:26rem;padding:0 1rem\"><h1>{title}</h1><p>{sentence}</p></body></html>",
            "text/html; charset=utf-8");
    }

    private static (string Title, string Sentence) Words(string languages, bool allowed) => (languages.Split(',', '-', ';')[0], allowed) switch
    {
        ("es", true) => ("Listo", "Puede cerrar esta ventana y volver a Field app."),
        ("es", false) => ("No se permitió nada", "Puede cerrar esta ventana."),
        ("pt", true) => ("Pronto", "Você pode fechar esta janela e voltar ao Field app."),
        ("pt", false) => ("Nada foi permitido", "Você pode fechar esta janela."),
        (_, true) => ("Done", "You can close this window and go back to Field app."),
        _ => ("Nothing was allowed", "You can close this window."),
    };

    private static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
