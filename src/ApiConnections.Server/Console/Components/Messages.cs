namespace ApiConnections.Server.Console.Components;

/// <summary>What an open console says after something was done, or was not; one message at a time, read aloud by screen readers.</summary>
internal sealed class Messages
{
    public event Action? Changed;

    public string? Text { get; private set; }

    public bool Good { get; private set; }

    public void Say(string text) => Show(text, good: true);

    public void Refuse(string text) => Show(text, good: false);

    public void Clear()
    {
        Text = null;
        Changed?.Invoke();
    }

    private void Show(string text, bool good)
    {
        (Text, Good) = (text, good);
        Changed?.Invoke();
    }
}
