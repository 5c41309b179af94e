using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ApiConnections.Server.Console.Components;

/// <summary>Tells the session of a circuit that somebody is there.</summary>
internal sealed class Activity(ConsoleSession console) : CircuitHandler
{
    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) => context =>
    {
        console.NoteActivity();
        return next(context);
    };
}
