using System.Text;
using Peers;

// The least that an endpoint on Kestrel costs, in the program that `dotnet new web` makes.
var settings = PeerSettings.From(args);
var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls(settings.Url);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();
var text = Encoding.UTF8.GetBytes("Hello, World!");
app.Map("/plain", (RequestDelegate)(http =>
{
    http.Response.ContentType = "text/plain";
    http.Response.ContentLength = text.Length;
    return http.Response.Body.WriteAsync(text).AsTask();
}));
// The same without the OAuth: the form that a token is asked for with is read, and as many bytes as a token's are answered.
var bytes = Encoding.UTF8.GetBytes(new string('x', 800));
app.MapPost("/form", (RequestDelegate)(async http =>
{
    await http.Request.ReadFormAsync();
    http.Response.ContentType = "application/json";
    http.Response.ContentLength = bytes.Length;
    await http.Response.Body.WriteAsync(bytes);
}));
await app.RunAsync();
