using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Benchmarks.Token;
using ApiConnections.Server.Model;
using Npgsql;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>Rows by the million, each part by one statement; secrets follow from the row's number, so that nothing has to be kept to present them.</summary>
internal sealed class Seeds(BenchInstallation installation)
{
    private readonly string connectionString = new NpgsqlConnectionStringBuilder(installation.Settings["ApiConnections:Database:ConnectionString"]) { CommandTimeout = 0 }.ToString();

    /// <summary>Programs like the one that the installation has.</summary>
    public Task Consumers(int count) => Run(
        """
        insert into consumers (key, company_id, name, name_key, description, grant_type, confidential, callback_urls, group_id, required_scopes, status, generation, grants_from,
            options, created_at, created_by, version, search_key)
        select 'bench' || lpad(n::text, 15, '0'), company_id, 'Program ' || n, 'program ' || n, description, grant_type, confidential, callback_urls, group_id, required_scopes, status,
            generation, grants_from, options, created_at, created_by, version, 'program ' || n
        from consumers, generate_series(1, @count) n where key = @key;
        insert into consumer_secrets (id, consumer, hash, hint, label, created_at)
        select gen_random_uuid(), 'bench' || lpad(n::text, 15, '0'), sha256(convert_to(encode(sha256(convert_to('consumer ' || n, 'UTF8')), 'hex'), 'UTF8')), hint, label, created_at
        from consumer_secrets, generate_series(1, @count) n where consumer = @key;
        insert into authorizations (id, company_id, consumer, scope, declined, status, created_at)
        select gen_random_uuid(), company_id, 'bench' || lpad(n::text, 15, '0'), scope, declined, status, created_at
        from authorizations, generate_series(1, @count) n where consumer = @key;
        """,
        ("count", count), ("key", installation.Key));

    /// <summary>What the program of that number sends for a token.</summary>
    public static string ConsumerForm(int number) => string.Create(
        CultureInfo.InvariantCulture, $"grant_type=client_credentials&client_id=bench{number:D15}&client_secret={Convert.ToHexStringLower(Hash("consumer ", number))}");

    /// <summary>People who have allowed the app, and their devices, handed out in turn.</summary>
    public Task Families(string app, int authorizations, int families) => Run(
        """
        insert into users (id, company_id, email, email_key, name, role, group_id, status, generation, grants_from, created_at)
        select md5('person ' || n)::uuid, company_id, 'p' || n || '@bench.test', 'p' || n || '@bench.test', 'Person', 'user', group_id, 'active', 1, 1, @now
        from consumers, generate_series(0, @authorizations - 1) n where key = @app;
        insert into authorizations (id, company_id, consumer, user_id, scope, declined, status, created_at)
        select md5('authorization ' || n)::uuid, company_id, key, md5('person ' || n)::uuid, 'assets:view tasks:view', '', 'live', @now
        from consumers, generate_series(0, @authorizations - 1) n where key = @app;
        insert into authorization_activity (authorization_id, last_accessed_at, last_accessed_ip, uses)
        select md5('authorization ' || n)::uuid, @now, '127.0.0.1', 1 from generate_series(0, @authorizations - 1) n;
        insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, company_generation, consumer_generation, user_generation, current_hash,
            created_at, idle_expires_at, expires_at, ip, agent)
        select gen_random_uuid(), sha256(substr(sha256(convert_to('handle ' || n, 'UTF8')), 1, 16)), company_id, key, md5('person ' || n % @authorizations)::uuid,
            md5('authorization ' || n % @authorizations)::uuid, 'assets:view tasks:view', 1, 1, 1, sha256(sha256(convert_to('device ' || n, 'UTF8'))),
            @now, @later, @later, '127.0.0.1', ''
        from consumers, generate_series(0, @families - 1) n where key = @app;
        """,
        ("app", app), ("authorizations", authorizations), ("families", families),
        ("now", TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), ("later", TimeProvider.System.GetUtcNow().AddDays(30).ToUnixTimeMilliseconds()));

    /// <summary>What the device of that number sends for its first rotation.</summary>
    public static string RefreshForm(string app, int number) =>
        $"grant_type=refresh_token&client_id={app}&refresh_token={WireToken.Refresh.Write([.. Hash("handle ", number).AsSpan(0, 16), .. Hash("device ", number)])}";

    /// <summary>Revocations that the APIs still have to know of.</summary>
    public Task Changes(int count) => Run(
        """
        insert into changes (kind, subject, company_id, for_apis, made_at, expires_at)
        select 'family', gen_random_uuid()::text, company_id, 1, @now, @later from consumers, generate_series(1, @count) where key = @key;
        """,
        ("count", count), ("key", installation.Key),
        ("now", TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), ("later", TimeProvider.System.GetUtcNow().AddMinutes(130).ToUnixTimeMilliseconds()));

    public async Task<double> Megabytes() => await Value("select pg_database_size(current_database())") / 1048576.0;

    /// <summary>How often so far the primary key of consumers was searched, and the index by which a consumer that a node does not know is read with its secrets.</summary>
    public async Task<(long Keys, long Consumers)> Reads()
    {
        // The node writes its request log, and PostgreSQL's connections tell what they did, a little later.
        await Task.Delay(TimeSpan.FromSeconds(4));
        return (await Searches("consumers_pkey"), await Searches("consumer_secrets_consumer"));
    }

    private Task<long> Searches(string index) => Value($"select idx_scan from pg_stat_user_indexes where indexrelname = '{index}'");

    private static byte[] Hash(string what, int number) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what}{number}")));

    private async Task<long> Value(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await ask.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private async Task Run(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var run = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            run.Parameters.AddWithValue(name, value);
        await run.ExecuteNonQueryAsync();
    }
}
