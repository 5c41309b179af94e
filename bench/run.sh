#!/usr/bin/env bash
# Makes the tables of bench/README.md.
#   bench/run.sh                                              the server's endpoints on both databases, the published server's start and memory, revocations, the check of tokens in an API
#   bench/run.sh peers [--check] [--quick] [GRANT…]           beside OpenIddict, oidc-provider and a plain endpoint; grants: client-credentials refresh code introspection
#   bench/run.sh growth [--check] [--quick] [PART…]           a million of everything, and the plots; parts: consumers authorizations nodes listeners changes
#   bench/run.sh console [--check]                            the console: start and memory before anybody opens it, the bytes of a first load in Chromium, the memory of a hundred open ones
#   bench/run.sh profile                                      where the processor time and the memory of a token and of a refresh go, by step
#   bench/run.sh telemetry [--check]                          processor time and allocated bytes of a token with metrics and traces sent to a collector, beside one without
#   bench/run.sh log [--check] [--quick]                      a long transactions log on both databases: verified, sent as a file, pages of ten million records
#   bench/run.sh --against REVISION                           processor time and allocated bytes of a token, beside another revision
# --check exits 1 where a figure that is asked for falls short; --quick makes one short round.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-all}
case "$what" in
  all | peers | growth | console | log | profile | telemetry) ;;
  --against) revision=$(git rev-parse --verify --short "${2:?bench/run.sh --against REVISION}^{commit}") ;;
  *)
    sed -n '2,11s/^# \{0,1\}//p' bench/run.sh >&2
    exit 2
    ;;
esac

missing=()
[ "$what" = console ] || [ "$what" = log ] || command -v wrk >/dev/null || missing+=(wrk)
[ "$what" != console ] || [ -e /usr/bin/chromium ] || missing+=(chromium)
[ "$what" != profile ] || command -v perf >/dev/null || missing+=(linux-perf)
[ "$what" = --against ] || [ "$what" = console ] || [ "$what" = telemetry ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ "$what" != peers ] || { command -v node >/dev/null && command -v npm >/dev/null; } || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -yq --no-install-recommends "${missing[@]}" >/dev/null
fi

dotnet build bench/ApiConnections.Benchmarks -c Release -nologo -clp:ErrorsOnly
bench=artifacts/bin/ApiConnections.Benchmarks/release/ApiConnections.Benchmarks

if [ "$what" = --against ]; then
  other=$(mktemp -d)
  trap 'git worktree remove --force "$other/tree"; rm -rf "$other"' EXIT
  git worktree add --quiet --detach "$other/tree" "$revision"
  dotnet build "$other/tree/bench/ApiConnections.Benchmarks" -c Release -nologo -clp:ErrorsOnly
  "$bench" against "$other/tree" "$revision"
  exit
fi

if [ "$what" = telemetry ]; then
  "$bench" telemetry "${@:2}"
  exit
fi

[ "$what" = log ] || server=$(./publish.sh | tail -n 1)
if [ "$what" = console ]; then
  "$bench" console "$server" "${@:2}"
  exit
fi

postgres=$(mktemp -d)
chmod 755 "$postgres"
trap 'test/postgres.sh stop "$postgres/cluster"; rm -rf "$postgres"' EXIT
API_CONNECTIONS_BENCH_POSTGRES=$(test/postgres.sh start "$postgres/cluster" durable)
export API_CONNECTIONS_BENCH_POSTGRES

# Published as the server is; one that cannot be built is told of and left out.
publish_peers() {
  for peer in Control OpenIddictWithoutStorage OpenIddictOnPostgres; do
    dotnet publish "bench/Peers/$peer" -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:DebugType=none -o "$1/$peer" -nologo -clp:ErrorsOnly ||
      echo "$peer cannot be built here" >&2
  done
  mkdir -p "$1/OidcProvider"
  cp bench/Peers/OidcProvider/{package.json,package-lock.json,server.js} "$1/OidcProvider"
  npm ci --prefix "$1/OidcProvider" --omit=dev --no-audit --no-fund >/dev/null || echo "oidc-provider cannot be installed here" >&2
}

case "$what" in
  peers)
    peers=artifacts/publish/peers
    rm -rf "$peers"
    publish_peers "$peers"
    "$bench" peers "$server" "$peers" "${@:2}"
    ;;
  log)
    "$bench" log "${@:2}"
    ;;
  growth)
    "$bench" growth "$server" bench/plots "${@:2}"
    ;;
  profile)
    "$bench" profile "$server"
    ;;
  all)
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
    ;;
esac
