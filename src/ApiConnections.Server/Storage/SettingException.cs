namespace ApiConnections.Server.Storage;

/// <summary>A setting with which the program cannot run; it stops the start with one sentence.</summary>
/// <param name="setting">Its full name, as in <c>docs/settings.md</c>.</param>
/// <param name="why">What is wrong with it and what to do.</param>
internal sealed class SettingException(string setting, string why) : Exception($"{setting}: {why}");
