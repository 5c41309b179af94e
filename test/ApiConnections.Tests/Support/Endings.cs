using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Tests.Support;

/// <summary>What ends tokens, done as the rooms for it do it, but in the rows alone: nobody tells a node.</summary>
internal static class Endings
{
    public static Task End(this Installation installation, string what, TestConsumer app, TestPerson person, Guid authorization) => what switch
    {
        "person disabled" => installation.Write(session => UserStore.SetStatus(session, person.Id, UserStatus.Disabled)),
        "password changed" => installation.Write(session => UserStore.EndGrants(session, person.Id)),
        "authorization revoked" => installation.Write(session => AuthorizationStore.Revoke(session, authorization, new(installation.Clock.GetUtcNow(), "test", "test"))),
        "tokens revoked" => installation.Write(session => ConsumerStore.EndEverything(session, app.Key, delete: false)),
        "consumer disabled" => installation.Write(session => ConsumerStore.SetStatus(session, app.Key, ConsumerStatus.Disabled)),
        "consumer deleted" => installation.Write(session => ConsumerStore.EndEverything(session, app.Key, delete: true)),
        "company suspended" => installation.Execute("update companies set status = 'suspended'"),
        "add-on off" => installation.Execute("update companies set addon = 0"),
        "company generations" => installation.Execute("update companies set generation = 2, grants_from = 2"),
        "family ended" => installation.Execute("update token_families set ended_at = 1, ended_why = 'test'"),
        "person without a group" => installation.Write(session => session.Execute("update users set group_id = null where id = @Id", new { person.Id })),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };
}
