using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>What companies ask of how their people sign in, read where somebody does: a change is in force at the next sign-in on every node.</summary>
internal sealed class CompanyPolicies(IDatabase database, Installation installation)
{
    public Task<SecurityPolicy> Of(Guid company) => database.Read(session => SecurityPolicyStore.Of(session, company));

    /// <summary>For somebody who tries to sign in, also for somebody who does not exist.</summary>
    /// <param name="key">As <see cref="User.EmailKey"/> makes it.</param>
    public Task<SecurityPolicy> OfSignIn(string key)
    {
        var hash = HMACSHA256.HashData(installation.LogKey, Encoding.UTF8.GetBytes("policy of nobody " + key));
        return database.Read(session => SecurityPolicyStore.OfSignIn(session, key, BinaryPrimitives.ReadUInt32BigEndian(hash)));
    }
}
