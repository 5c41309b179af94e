#!/usr/bin/env bash
# Makes the tables of bench/README.md: the server's endpoints on both databases, the published server's start and memory, revocations, the check of tokens in an API.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
command -v wrk >/dev/null || missing+=(wrk)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -yq --no-install-recommends "${missing[@]}" >/dev/null
fi

dotnet build bench/ApiConnections.Benchmarks -c Release -nologo -clp:ErrorsOnly
server=$(./publish.sh)
bench=artifacts/bin/ApiConnections.Benchmarks/release/ApiConnections.Benchmarks

postgres=$(mktemp -d)
chmod 755 "$postgres"
trap 'test/postgres.sh stop "$postgres/cluster"; rm -rf "$postgres"' EXIT
API_CONNECTIONS_BENCH_POSTGRES=$(test/postgres.sh start "$postgres/cluster" durable)
export API_CONNECTIONS_BENCH_POSTGRES

"$bench" token
"$bench" code
"$bench" refresh
"$bench" introspect
"$bench" journeys
"$bench" sign-in-page
"$bench" flood
"$bench" pruning
"$bench" revocation
"$bench" start "$server"
"$bench" resource-server
