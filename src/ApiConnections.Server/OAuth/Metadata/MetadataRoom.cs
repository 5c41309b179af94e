using System.Text.Json;
using System.Text.Json.Serialization;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Metadata;

/// <summary>What a client may find out by itself: endpoints and public keys.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8414#section-3"/>
internal static class MetadataRoom
{
    private const string Cached = "public, max-age=300";

    public static Room Room { get; } = new("OAuth/Metadata")
    {
        Endpoints = endpoints =>
        {
            // With an issuer that has a path the pipeline takes that path off; the inserted form (RFC 8414 s3.1) stands outside of it.
            var document = JsonSerializer.SerializeToUtf8Bytes(Document(endpoints.ServiceProvider), MetadataJson.Default.AuthorizationServerMetadata);
            endpoints.Map(OAuthPaths.Metadata, http => Write(http, document));
            endpoints.Map(OAuthPaths.Metadata + "/{**issuerPath}", http => IsIssuerPath(http) ? Write(http, document) : NotFound(http));

            var keys = endpoints.ServiceProvider.GetRequiredService<KeyRing>();
            endpoints.Map(OAuthPaths.Jwks, http => Write(http, JsonSerializer.SerializeToUtf8Bytes(keys.PublicKeys, MetadataJson.Default.JsonWebKeySet)));
        },
    };

    private static AuthorizationServerMetadata Document(IServiceProvider services)
    {
        var issuer = services.GetRequiredService<IOptions<IssuerOptions>>().Value;
        var start = new AuthorizationServerMetadata
        {
            Issuer = issuer.Issuer,
            JwksUri = issuer.Address(OAuthPaths.Jwks),
            ScopesSupported = [.. services.GetRequiredService<ModuleCatalogue>().Everything],
        };
        return services.GetServices<MetadataPart>().Aggregate(start, (document, part) => part.Add(document));
    }

    private static bool IsIssuerPath(HttpContext http) =>
        http.RequestServices.GetRequiredService<IOptions<IssuerOptions>>().Value.Path is { Length: > 0 } path
        && string.Equals(http.Request.Path.Value, OAuthPaths.Metadata + path, StringComparison.Ordinal);

    private static Task Write(HttpContext http, byte[] json)
    {
        if (NoStore.TryAnswerPreflight(http, "GET"))
            return Task.CompletedTask;

        var response = http.Response;
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD, OPTIONS";
            return Task.CompletedTask;
        }

        NoStore.AllowAnyOrigin(response);
        response.Headers.CacheControl = Cached;
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(json).AsTask();
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuthorizationServerMetadata))]
[JsonSerializable(typeof(JsonWebKeySet))]
internal sealed partial class MetadataJson : JsonSerializerContext;
