namespace ApiConnections.Samples.FieldApp;

/// <summary>What the person who runs this can do something about; its message is all they see.</summary>
internal sealed class FailureException(string message) : Exception(message);
