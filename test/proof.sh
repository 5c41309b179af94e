#!/usr/bin/env bash
# Proves what the product guarantees when servers and databases fail: nothing acknowledged is lost, nothing revoked comes back, no code or refresh token works twice.
#   test/proof.sh            many times what every ./test.sh does; takes half an hour
#   test/proof.sh --long     with the full counts; takes hours
# The last line is: N passed, N failed
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  '') export API_CONNECTIONS_PROOF=usual ;;
  --long) export API_CONNECTIONS_PROOF=long ;;
  *)
    echo "usage: test/proof.sh [--long]" >&2
    exit 2
    ;;
esac
exec ./test.sh -class '*.Proof.*' -class '*RaceTests' -class '*BatchTests'
