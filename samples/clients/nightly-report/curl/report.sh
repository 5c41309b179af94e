#!/usr/bin/env bash
# Counts the work orders per status and names the oldest that are still open. Needs curl and jq.
set -euo pipefail

spare_seconds=30 # a token must not end while a request is under way
page=100

fail() {
  echo "$*" >&2
  exit 1
}

for setting in API_CONNECTIONS_ISSUER API_CONNECTIONS_KEY API_CONNECTIONS_SECRET MAINTENANCE_API; do
  [ -n "${!setting:-}" ] || fail "$setting is not set."
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sets $status, and leaves the answer in $work/head and $work/body. On 429, --retry waits as long as Retry-After says.
request() { # request ADDRESS [OPTION…]
  status=$(curl --silent --retry 5 --connect-timeout 10 --dump-header "$work/head" --output "$work/body" --write-out '%{http_code}' "$@") ||
    fail "$(sed -E 's|^([a-z]+://[^/]+).*|\1|' <<<"$1") cannot be reached."
}

from_body() { jq -r "$1" "$work/body" 2>/dev/null || true; }

# The secret and the token reach curl through file descriptors: arguments are visible to everybody on the machine.
new_token() {
  request "$token_endpoint" --data grant_type=client_credentials --data-urlencode "client_id=$API_CONNECTIONS_KEY" \
    --data-urlencode client_secret@<(printf %s "$API_CONNECTIONS_SECRET")
  case $status:$(from_body .error) in
    200:*) ;;
    *:invalid_client) fail "API Connections refuses the key and secret (invalid_client): check API_CONNECTIONS_KEY and API_CONNECTIONS_SECRET, and that the consumer is enabled." ;;
    *) fail "API Connections gives no token ($(from_body .error))." ;;
  esac
  token=$(from_body .access_token)
  token_ends=$((SECONDS + $(from_body .expires_in) - spare_seconds))
}

get() { # get PATH-AND-QUERY
  local attempt
  for attempt in first second; do
    [ $SECONDS -lt $token_ends ] || new_token
    request "$MAINTENANCE_API$1" --header @<(printf 'Authorization: Bearer %s' "$token")
    [ "$status" = 401 ] && grep -qi '^www-authenticate:.*error="invalid_token"' "$work/head" || break
    token_ends=0 # revoked, or the signing keys changed: a new token may be fine
  done
  [ "$status" != 403 ] || ! grep -q 'error="insufficient_scope"' "$work/head" ||
    fail "The consumer may not read work orders (insufficient_scope): its permission group needs tasks:view."
  [ "$status" = 200 ] || fail "${1%%\?*} answers $status."
}

request "$API_CONNECTIONS_ISSUER/.well-known/oauth-authorization-server"
token_endpoint=$(from_body .token_endpoint)
[ "$status" = 200 ] || fail "$API_CONNECTIONS_ISSUER has no metadata; check API_CONNECTIONS_ISSUER."
token_ends=0

start=0
while :; do
  get "/work_orders?start=$start&limit=$page"
  jq -c '.data[]' "$work/body" >>"$work/orders"
  rows=$(from_body '.data | length')
  start=$((start + rows))
  [ "$rows" -gt 0 ] && [ "$start" -lt "$(from_body .total)" ] || break
done

names='["", "in process", "in review", "completed", "cancelled"] as $names | map(select(.ot_status <= 2)) as $open |'
jq -rs "$names"' "\(length) work orders, \($open | length) of them open:"' "$work/orders"
jq -rs "$names"' . as $all | range(1; 5) as $s | [($all | map(select(.ot_status == $s)) | length), $names[$s]] | @tsv' "$work/orders" |
  while IFS=$'\t' read -r count name; do printf '%6d %s\n' "$count" "$name"; done
printf '\nThe oldest that are open:\n'
jq -rs "$names"' $open | sort_by(.creation_date) | .[:5][] | [.folio, .creation_date[:10], $names[.ot_status], .description] | @tsv' "$work/orders" |
  while IFS=$'\t' read -r folio date name description; do printf '%s  %s  %-10s  %s\n' "$folio" "$date" "$name" "$description"; done
