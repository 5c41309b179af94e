using System.Text.RegularExpressions;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Settings.TransactionsLog;
using Shouldly;
using Xunit;
using Repository = ApiConnections.Tests.Architecture.Repository;

namespace ApiConnections.Tests.Settings.TransactionsLog;

public sealed partial class LogWordsTests
{
    private static readonly PageContext page = new(new Texts(), "pt", null, "", null, () => "");

    [Fact]
    public void Every_way_to_sign_in_that_a_record_names_is_said_in_every_language()
    {
        var written = Directory.EnumerateFiles(Repository.PathOf("src/ApiConnections.Server/SignIn"), "*.cs")
            .SelectMany(file => Beginning().Matches(File.ReadAllText(file))).SelectMany(call => Literal().Matches(call.Value)).Select(found => found.Groups[1].Value).Append("set-up").ToArray();

        written.Length.ShouldBeGreaterThan(7);
        written.Where(way => LogWords.Way(page, way) is null).ShouldBeEmpty();
        LogWords.Way(page, "password and authenticator").ShouldBe("senha e aplicativo autenticador");
        LogWords.Way(page, "anything else").ShouldBeNull();
    }

    [Fact]
    public void Who_is_neither_a_person_nor_a_consumer_is_named_in_every_language()
    {
        LogWords.Actor(page, "set-up").ShouldBe("configuração inicial");
        LogWords.Actor(page, "sign-in").ShouldBe("entrada no sistema");
        LogWords.Actor(page, "command line (root)").ShouldBe("linha de comando (root)");
        LogWords.Actor(page, "marta@acme.test").ShouldBeNull();
    }

    [GeneratedRegex(@"sessions\.GoOn\([^;\n]*")]
    private static partial Regex Beginning();

    [GeneratedRegex("\"([a-z ]+)\"")]
    private static partial Regex Literal();
}
