using System.Text.Json;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The columns of the table <c>companies</c> that say how people sign in.</summary>
internal static class SecurityPolicyStore
{
    /// <summary>With its version, which grows with every edit.</summary>
    public static async Task<(SecurityPolicy Policy, long Version)> Find(Session session, Guid company)
    {
        var row = (await session.Find<Row>("select security, known_passwords, security_version from companies where id = @company", new { company }))!;
        return (row.ToPolicy(), row.SecurityVersion);
    }

    public static async Task<SecurityPolicy> Of(Session session, Guid company) => (await Find(session, company)).Policy;

    /// <summary>
    /// The policy for somebody who tries to sign in. Who is nobody's is treated as somebody of one of the companies, always the same one, so that how long they wait
    /// does not say that they do not exist.
    /// </summary>
    /// <param name="key">As <see cref="User.EmailKey"/> makes it.</param>
    /// <param name="pick">A number that only this installation makes of the key.</param>
    public static async Task<SecurityPolicy> OfSignIn(Session session, string key, long pick) => (await session.Find<Row>(
        """
        select security, known_passwords, security_version from companies
        where id = coalesce(
            (select company_id from users where email_key = @key),
            (select id from companies order by id limit 1 offset (@pick % (select case when count(*) = 0 then 1 else count(*) end from companies))))
        """,
        new { key, pick }))?.ToPolicy() ?? SecurityPolicy.Default;

    /// <returns>False where somebody else has saved it since <paramref name="version"/>.</returns>
    public static async Task<bool> Update(Session session, Guid company, SecurityPolicy policy, long version) => await session.Execute(
        "update companies set security = @security, known_passwords = @known, security_version = security_version + 1 where id = @company and security_version = @version",
        new { company, version, security = JsonSerializer.Serialize(policy, StoredJson.Default.SecurityPolicy), known = string.Join('\n', policy.KnownPasswords) }) == 1;

    /// <summary>The policy without the list of passwords.</summary>
    public static SecurityPolicy Read(string json) => json == "{}" ? SecurityPolicy.Default : JsonSerializer.Deserialize(json, StoredJson.Default.SecurityPolicy)!;

    private sealed class Row
    {
        public string Security { get; init; } = "";
        public string KnownPasswords { get; init; } = "";
        public long SecurityVersion { get; init; }

        public SecurityPolicy ToPolicy() => Read(Security) with { KnownPasswords = KnownPasswords.Split('\n', StringSplitOptions.RemoveEmptyEntries) };
    }
}
