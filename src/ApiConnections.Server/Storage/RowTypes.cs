using System.Data;
using System.Runtime.CompilerServices;
using Dapper;

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
        parameter.DbType = parameter is Npgsql.NpgsqlParameter ? DbType.Guid : DbType.Binary;
        parameter.Value = parameter is Npgsql.NpgsqlParameter ? value : value.ToByteArray(bigEndian: true);
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
