#!/usr/bin/env bash
# Installs what the tests need on a bare Debian machine, builds, checks the format, runs every test on SQLite and PostgreSQL.
# The last line is: N passed, N failed
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '\n== %s\n' "$*"; }

need() { # need COMMAND-OR-FILE PACKAGE…
  local what=$1
  shift
  command -v "$what" >/dev/null 2>&1 || ls $what >/dev/null 2>&1 || missing+=("$@")
}

if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is missing; see https://learn.microsoft.com/dotnet/core/install/linux" >&2
  exit 1
fi

missing=()
need '/usr/lib/postgresql/*/bin/initdb' postgresql
need curl curl
need jq jq
need python3 python3
if ! python3 -c 'import requests_oauthlib' 2>/dev/null && ! /usr/bin/python3 -c 'import requests_oauthlib' 2>/dev/null; then missing+=(python3-requests-oauthlib); fi
if ! /usr/bin/python3 -c 'import jwt, cryptography' 2>/dev/null; then missing+=(python3-jwt python3-cryptography); fi
need strace strace
need '/usr/lib/*/faketime/libfaketime.so.1' libfaketime
need node nodejs
need npm npm
need chromium-headless-shell chromium-headless-shell fonts-liberation
if [ ${#missing[@]} -gt 0 ]; then
  say "Installing ${missing[*]}"
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -q >/dev/null
  # Older releases have the browser only with its windows, which costs the tests more.
  apt-cache show chromium-headless-shell >/dev/null 2>&1 || missing=("${missing[@]/#chromium-headless-shell/chromium}")
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -yq --no-install-recommends "${missing[@]}" >/dev/null
fi

say "Installing the packages of the Node.js programs"
npm ci --prefix samples/clients/nightly-report/node --no-audit --no-fund
npm ci --prefix samples/apis/node --no-audit --no-fund
npm ci --prefix test/ApiConnections.Tests/Conformance/node --no-audit --no-fund

say "Building"
dotnet restore ApiConnections.slnx --locked-mode
dotnet build ApiConnections.slnx -c Release --no-restore -clp:ErrorsOnly -nologo

say "Checking the format"
dotnet format ApiConnections.slnx --no-restore --verify-no-changes

say "Starting PostgreSQL"
postgres=$(mktemp -d)
chmod 755 "$postgres"
trap 'test/postgres.sh stop "$postgres/cluster"' EXIT
API_CONNECTIONS_TEST_POSTGRES=$(test/postgres.sh start "$postgres/cluster")
export API_CONNECTIONS_TEST_POSTGRES
export API_CONNECTIONS_TEST_COMPLETE=1 # a test that cannot run here fails instead of being skipped

say "Testing"
results=artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
passed=0
failed=0
run() { # run PROJECT [ARGUMENT…]: runs a project's tests and keeps what they print
  local project=$1 status=0
  shift
  dotnet "artifacts/bin/$project/release/$project.dll" -noColor -result-xml "$results/$project.xml" "$@" 2>&1 | tee "$results/$project.txt" || status=$?
  echo "$status" >"$results/$project.status"
}
count() { # count PROJECT: sets ran to how many of a project's tests passed and failed
  local status
  status=$(cat "$results/$1.status")
  ran=$(sed -n 's/.*Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\), Not Run: \([0-9]*\).*/\1 \2 \3 \4 \5/p; s/.*Total: 0[^0-9,]*$/0 0 0 0 0/p' "$results/$1.txt" | tail -n 1 | awk '{ print $1 - $3 - $4 - $5, $3 + $2 }')
  # A crash or a failure outside any test counts as one failed.
  [ -n "$ran" ] || ran="0 1"
  [ "$status" = 0 ] || [ "${ran#* }" != 0 ] || ran="${ran% *} 1"
}
again() { # again PROJECT: runs those few that failed once more, with the machine to themselves; what passes then is named, and counts as passed
  local project=$1 were=$ran methods
  methods=$(python3 test/failed.py "$results/$project.xml") || return 0
  say "Once more, alone"
  mv "$results/$project.txt" "$results/$project.first.txt"
  # shellcheck disable=SC2046 # a list of arguments
  run "$project" -maxThreads 1 $(printf -- '-method %s ' $methods)
  count "$project"
  if [ "${ran#* }" = 0 ]; then
    say "Passed only when run again, alone"
    printf '  %s\n' $methods
    ran="$((${were% *} + ${were#* })) 0"
  else
    ran=$were
  fi
}

# Side by side: most of the time a test waits, for a deadline to pass, a page to load, a program to start.
run ApiConnections.Console.Tests "$@" &
browser=$!
run ApiConnections.Tests "$@" &
wait $! $browser
for project in ApiConnections.Tests ApiConnections.Console.Tests; do
  count "$project"
  [ "${ran#* }" = 0 ] || again "$project"
  passed=$((passed + ${ran% *}))
  failed=$((failed + ${ran#* }))
done

if [ "$failed" != 0 ]; then
  say "What failed"
  grep -hA 4 -F '[FAIL]' "$results"/*.txt || true
fi

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
