using System.CommandLine;
using ApiConnections.Samples.Demo;

// The whole product in one process, with data to try it on: the server, a protected API, a consumer.
var data = new Option<string?>("--data") { Description = "Keep the demo's data in this folder; a temporary one by default." };
var postgres = new Option<string?>("--postgres") { Description = "Use this PostgreSQL database (a connection string) instead of SQLite." };
var portBase = new Option<int>("--port-base") { Description = "The first of three ports in a row.", DefaultValueFactory = _ => 8400 };
var json = new Option<bool>("--json") { Description = "Print one line of JSON on standard output once everything answers." };

var root = new RootCommand("Starts API Connections with a maintenance API and demo data, on loopback.") { data, postgres, portBase, json };
root.SetAction((parsed, stop) => DemoRun.Run(new DemoOptions(parsed.GetValue(data), parsed.GetValue(postgres), parsed.GetValue(portBase), parsed.GetValue(json)), stop));

return await root.Parse(args).InvokeAsync();
