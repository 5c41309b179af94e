using ApiConnections.Protocol;

namespace ApiConnections.Server.OAuth.Shared;

/// <summary>What a room adds to the metadata document, so that the document says what is there and nothing else.</summary>
internal sealed record MetadataPart(Func<AuthorizationServerMetadata, AuthorizationServerMetadata> Add);
