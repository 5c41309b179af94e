using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Health;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.OAuth.Shared;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>Puts the server together from its rooms.</summary>
internal static class ServerBuilder
{
    private const string DefaultUrl = "http://localhost:8400";

    public static WebApplication Build(IEnumerable<KeyValuePair<string, string?>> given, IReadOnlyList<Room> rooms, Action<WebApplicationBuilder>? configure)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = Directory.GetCurrentDirectory(),
            ApplicationName = typeof(ServerBuilder).Assembly.GetName().Name,
            // Settings are read once, at the start; watching their files costs time and handles.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.AddInMemoryCollection(given);
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
            builder.Configuration[WebHostDefaults.ServerUrlsKey] = DefaultUrl;

        // The slim builder, which loads less, fixes the form of the log lines and leaves out https: both stay the operator's choice.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = builder.Configuration["Logging:Console:FormatterName"] ?? console.FormatterName);
        builder.WebHost.UseKestrelHttpsConfiguration();
        // Requests are not logged one by one: the consumer's owner reads them in the product.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // Even at its quietest this logger costs every request an activity and a scope.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // It warns that the ring's keys are stored as they are: it cannot know that our store seals them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        // A form that is not ours is answered; an error with its stack trace for each would be a stranger's way to fill the log.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None);
        // What stops the start is thrown, and said in one sentence by whoever started it; the host would print it with a stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.WebHost.ConfigureKestrel((_, kestrel) => Limit(kestrel));
        // One system call less per request, for 4 KB more per idle connection.
        builder.WebHost.UseSockets(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        // Before all that is worth telling of: what is registered first stops last.
        if (TelemetrySettings.Read(builder.Configuration) is { } telemetry)
            builder.Services.AddTelemetry(telemetry);
        builder.Services
            .Settings<HttpOptions, HttpOptionsValidator>(HttpOptions.Section)
            .AddServer(rooms)
            .AddSingleton<DatabaseOpening>()
            .AddHostedService<ServerStart>()
            .AddHostedService<DatabaseClockJob>()
            .AddHostedService(provider => provider.GetRequiredService<ChangeListener>())
            .AddHostedService(provider => provider.GetRequiredService<UseRecorder>())
            .AddHostedService<RequestLogWriter>()
            .AddHostedService<KeyRotationJob>()
            .AddHostedService<Pruning>();
        configure?.Invoke(builder);

        var app = builder.Build();
        try
        {
            Check(app);
            Pipeline(app, rooms);
            return app;
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    // Bounds for what strangers send; the reasons stand in docs/decisions.
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = FormReader.LongestBody + 1024;
        kestrel.Limits.MaxRequestHeaderCount = 40;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.MaxStreamsPerConnection = 64;
        kestrel.Limits.MaxConcurrentConnections = kestrel.ApplicationServices.GetRequiredService<IOptions<HttpOptions>>().Value.Connections;
    }

    private static void Check(WebApplication app)
    {
        ServerSettings.RefuseUnknown(app.Configuration, app.Services.GetServices<KnownSettings>());
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        CheckUrls(app.Configuration[WebHostDefaults.ServerUrlsKey]!);
        if (RuntimePatch.Warning is not { } warning)
            return;

        if (!app.Services.GetRequiredService<IOptions<IssuerOptions>>().Value.Uri.IsLoopback)
            throw new SettingException("ApiConnections:Issuer", "it is open to others, and the runtime lacks a security patch. " + warning);

        app.Logger.LogRuntime(warning);
    }

    private static void CheckUrls(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw new SettingException("Urls", $"\"{url}\" is no address to listen on, such as http://localhost:8400.");
            }
        }
    }

    private static void Pipeline(WebApplication app, IReadOnlyList<Room> rooms)
    {
        if (app.Services.GetService<RequestTelemetry>() is { } telemetry)
            app.Use(telemetry.Measure);
        app.Use(UnexpectedErrors.Answer);
        if (app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.KnownProxies is { Count: > 0 } proxies)
            app.UseForwardedHeaders(Believe(proxies));
        if (app.Services.GetRequiredService<IOptions<IssuerOptions>>().Value.Path is { Length: > 0 } path)
            app.UsePathBase(path);

        app.UseRouting();
        foreach (var room in rooms)
            room.Endpoints(app);

        // Here and not at the very end, where the framework puts it: what no endpoint has goes on to the next line.
        app.UseEndpoints(_ => { });
        app.Run(PageEndpoints.Missing);
    }

    private static ForwardedHeadersOptions Believe(IReadOnlyList<string> proxies)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = 1 };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));

        return options;
    }
}
