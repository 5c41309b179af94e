using System.Data;
using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ApiConnections.Server.Storage;

/// <summary>How ids are written: <c>uuid</c> on PostgreSQL, 16 big-endian bytes on SQLite, whose client would write text that Dapper cannot read back.</summary>
internal sealed class IdColumn : SqlMapper.TypeHandler<Guid>
{
    // Dapper's settings are one per process: set them before the first query, whoever makes it.
    [ModuleInitializer]
    internal static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(Guid));
        SqlMapper.RemoveTypeMap(typeof(Guid?));
        SqlMapper.AddTypeHandler(new IdColumn());
    }

    public override Guid Parse(object value) => value is byte[] bytes ? new Guid(bytes, bigEndian: true) : (Guid)value;

    public override void SetValue(IDbDataParameter parameter, Guid value)
    {
        // Asked this way round, a server on SQLite never loads the other client.
        var isSqlite = parameter is SqliteParameter;
        parameter.DbType = isSqlite ? DbType.Binary : DbType.Guid;
        parameter.Value = isSqlite ? value.ToByteArray(bigEndian: true) : value;
    }
}

/// <summary>Times in the database: Unix milliseconds.</summary>
internal static class UnixTime
{
    public static DateTimeOffset ToTime(this long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? ToTime(this long? milliseconds) => milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    public static long ToUnix(this DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    public static long? ToUnix(this DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
