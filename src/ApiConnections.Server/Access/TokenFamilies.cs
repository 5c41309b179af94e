using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Begins and ends token families: the refresh tokens that descend from one code, so one device of a person.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2"/>
internal sealed partial class TokenFamilies(IDatabase database, AuditLog log, Changes changes, TimeProvider time, ILogger<TokenFamilies> logger)
{
    /// <summary>How many devices of a person one app may keep connected; the one that was used longest ago gives way.</summary>
    public const int MostLive = 20;

    /// <summary>A family to be inserted, and its first refresh token for the app, of which only hashes are stored.</summary>
    public (NewFamily Family, TokenValue RefreshToken) Begin(ConsumerOptions options, IPAddress? from, string agent)
    {
        var token = RefreshToken.New();
        var now = time.GetUtcNow();
        var expires = now.AddDays(options.RefreshAbsoluteDays);
        var idle = now.AddDays(options.RefreshIdleDays);
        var family = new NewFamily(
            Guid.CreateVersion7(now),
            token.Handle,
            token.Secret,
            idle < expires ? idle : expires,
            expires,
            from?.ToString() ?? "",
            LastUse.Printable(agent));
        return (family, token.ToValue());
    }

    /// <summary>
    /// Begins the one family of a program without a user, in a transaction of its own. It takes the place of the one before: whoever can ask for it
    /// holds the secret, so nothing is ended by it.
    /// </summary>
    /// <returns>The id that the family has; null where the authorization is not live any more.</returns>
    public async Task<Guid?> Restart(NewFamily family, MachineGrant grant)
    {
        var restarted = await database.Write<Restarted>(async session => new Restarted(await FamilyStore.Restart(session, family, grant, time.GetUtcNow())));
        return restarted.TryGet(out var made, out _) ? made.Id : null;
    }

    /// <summary>Ends a family and its access tokens, in a transaction of its own; the person's other devices go on.</summary>
    /// <returns>False where it was ended before.</returns>
    public async Task<bool> End(Actor actor, Guid family, string why)
    {
        var outcome = await database.Write<bool>(async session =>
        {
            if (await FamilyStore.End(session, family, why, time.GetUtcNow()) is not { } ended)
                return false;

            await Tell(session, actor, [ended], why);
            return true;
        });
        return outcome.TryGet(out var isEnded, out _) && isEnded;
    }

    /// <summary>Ends a family of this person: one of their devices.</summary>
    public Task<Outcome<Guid>> EndOf(Actor actor, Guid user, Guid family, string why) => database.Write<Guid>(async session =>
    {
        if (await FamilyStore.EndOf(session, user, family, why, time.GetUtcNow()) is not { } ended)
            return Refused.NotFound("There is no such device.");

        await Tell(session, actor, [ended], why);
        return family;
    });

    /// <summary>
    /// Ends what an authorization has beyond its <see cref="MostLive"/> families, in a transaction of its own. An outage meanwhile is not the
    /// caller's: the next device that is connected ends them.
    /// </summary>
    public async Task MakeRoom(Actor actor, Guid authorization)
    {
        const string Why = "Another device was connected, and there were too many.";
        try
        {
            await database.Write<bool>(async session =>
            {
                await Tell(session, actor, await FamilyStore.EndBeyond(session, authorization, MostLive, Why, time.GetUtcNow()), Why);
                return true;
            });
        }
        catch (StorageUnavailableException e)
        {
            LogFull(logger, e.Message);
        }
    }

    // Records before changes: the order of locks.
    private async Task Tell(Session session, Actor actor, IReadOnlyList<EndedFamily> ended, string why)
    {
        foreach (var family in ended)
            await log.Append(session, actor, family.CompanyId, "api_connections", "family.end", family.Id.ToString(), new { family.Consumer, authorization = family.AuthorizationId, why });
        foreach (var family in ended)
            await changes.Revoked(session, ChangeKind.Family, family.Id.ToString(), family.CompanyId);
    }

    private sealed record Restarted(Guid? Id);

    [LoggerMessage(LogLevel.Warning, "A device too many stays connected until the next one is: {Why}")]
    private static partial void LogFull(ILogger logger, string why);
}
