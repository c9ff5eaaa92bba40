#!/usr/bin/env bash
# Rehearses the day on which the database is lost: fills a company, backs it up, throws the server away, restores into a new one, and
# asks both the same questions. By hand (a minute):
#
#   cargo build -p api && tests/restore.sh [HISTORY.ndjson[.gz]]
#
# DOCKET names another program than target/debug/docket. Needs PostgreSQL's programs, curl and python3; as root, a user `docket`.
set -euo pipefail
cd "$(dirname "$0")/.."
DOCKET=${DOCKET:-$PWD/target/debug/docket}
HISTORY=${1:-../shared/data/helpdesk.commands.ndjson.gz}
BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
BIN=${BIN:-$(pg_config --bindir)}
TEMP=$(mktemp -d "${TMPDIR:-/tmp}/docket-restore.XXXXXX")
[ "$(id -u)" != 0 ] || chown docket "$TEMP"
SERVER=""

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# PostgreSQL refuses to run as root.
lend() {
  if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=docket --regid=docket --clear-groups -- "$@"); else "$@"; fi
}

end() {
  local code=$?
  trap - EXIT
  [ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true
  for cluster in first second; do
    [ ! -d "$TEMP/$cluster" ] || lend "$BIN/pg_ctl" stop -s -m immediate -D "$TEMP/$cluster" >/dev/null 2>&1 || true
  done
  rm -rf "$TEMP"
  exit "$code"
}
trap end EXIT

# A new cluster with an empty database; sets DATABASE_URL.
cluster() {
  local port=$((20000 + RANDOM % 20000))
  lend "$BIN/initdb" -D "$TEMP/$1" -U postgres --auth=trust --encoding=UTF8 --no-locale >"$TEMP/$1.initdb" 2>&1 \
    || { cat "$TEMP/$1.initdb"; fail "initdb failed"; }
  lend "$BIN/pg_ctl" start -w -s -D "$TEMP/$1" -l "$TEMP/$1.log" \
    -o "-p $port -k $TEMP -c listen_addresses=127.0.0.1" </dev/null >/dev/null
  "$BIN/createdb" -h 127.0.0.1 -p "$port" -U postgres docket
  export DATABASE_URL="postgres://postgres@127.0.0.1:$port/docket"
}

# Docket on that database; sets URL and SERVER.
serve() {
  "$DOCKET" serve --bind 127.0.0.1:0 >"$TEMP/$1.out" 2>"$TEMP/$1.err" &
  SERVER=$!
  for _ in $(seq 100); do
    URL=$(sed -nE 's/^Docket answers on ([^ ]+).*/\1/p' "$TEMP/$1.out")
    [ -z "$URL" ] || return 0
    kill -0 "$SERVER" 2>/dev/null || { cat "$TEMP/$1.err"; fail "docket does not start"; }
    sleep 0.2
  done
  fail "docket does not answer"
}

stop() {
  kill "$SERVER" && wait "$SERVER" || true
  SERVER=""
}

# Until deadlines are settled and cases assigned: nothing has been recorded for two seconds.
rest() {
  local before="" now
  while now=$(curl -sS "$URL/ready" | field position) && [ "$now" != "$before" ]; do
    before=$now
    sleep 2
  done
}

field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
sign_in() { curl -sSf "$URL/api/v1/auth/token" --json "{\"email\":\"admin@docket.local\",\"password\":\"$PASSWORD\"}"; }
command_() { curl -sSf "$URL/api/commands" -H "$AS" --json "$1"; }

# The answers to a list of questions: bodies without the instant of asking, and the tags of those that do not depend on it.
questions() {
  local path cases dcas
  cases=$(curl -sSf "$URL/api/v1/cases/?limit=3" -H "$AS" | python3 -c 'import json,sys; print(*[c["id"] for c in json.load(sys.stdin)["items"]])')
  dcas=$(curl -sSf "$URL/api/v1/dcas/?limit=3" -H "$AS" | python3 -c 'import json,sys; print(*[c["id"] for c in json.load(sys.stdin)["items"]])')
  {
    for path in cases/ 'cases/?sort=overdue_amount&limit=100' 'cases/?page=7' dcas/ dashboard/stats dashboard/recent-cases \
      dashboard/sla-board settings/ settings/history audit-logs 'audit-logs?category=agency&limit=100'; do
      echo "/api/v1/$path"
    done
    for case in $cases; do printf '/api/v1/cases/%s\n/api/v1/cases/%s/history\n' "$case" "$case"; done
    for dca in $dcas; do printf '/api/v1/dcas/%s\n/api/v1/dcas/%s/score/explain?formula=agency.score@1\n' "$dca" "$dca"; done
    echo /api/locations
  } | while read -r path; do
    # A moment after the last change there are no tags.
    for _ in $(seq 50); do
      curl -sSf -D "$TEMP/head" -o "$TEMP/body" "$URL$path" -H "$AS"
      grep -qi '^etag' "$TEMP/head" && break
      sleep 0.1
    done
    echo "== $path"
    python3 -c 'import json,sys
body = json.load(open(sys.argv[1]))
body.pop("as_of", None) if isinstance(body, dict) else None
print(json.dumps(body, indent=0))' "$TEMP/body"
    case "$path" in
      */explain*) ;;
      *history | *audit-logs* | */locations | */settings/ | */cases/*-* | */dcas/*-*) grep -iE '^(etag|docket-position)' "$TEMP/head" | sort ;;
    esac
  done >"$TEMP/$1.answers"
}

say "A server with a company and its history"
cluster first
"$DOCKET" migrate
"$DOCKET" serve --bind 127.0.0.1:0 --roles api >"$TEMP/start.out" 2>/dev/null &
SERVER=$!
for _ in $(seq 100); do
  PASSWORD=$(sed -nE 's/.*with the password (.*)/\1/p' "$TEMP/start.out")
  [ -z "$PASSWORD" ] || break
  sleep 0.2
done
[ -n "$PASSWORD" ] || fail "no password was shown"
stop
"$DOCKET" import "$HISTORY"
serve first
SESSION=$(sign_in)
AS="Authorization: Bearer $(field access_token <<<"$SESSION")"
COMMAND='{"key":"before-the-loss","command":"OpenCase","data":{"customer":{"name":"Ada"},"overdueAmount":10.10,"priority":"P1"}}'
command_ "$COMMAND" >"$TEMP/command.first"
rest
questions first

say "Backing it up while it runs, and losing it"
"$BIN/pg_dumpall" -d "$DATABASE_URL" --roles-only >"$TEMP/roles.sql"
"$BIN/pg_dump" -d "$DATABASE_URL" --format=custom --file="$TEMP/docket.dump"
ls -lh "$TEMP/docket.dump" | awk '{ print "the dump has", $5 }'
kill -9 "$SERVER" && wait "$SERVER" 2>/dev/null || true
SERVER=""
lend "$BIN/pg_ctl" stop -s -m immediate -D "$TEMP/first"
rm -rf "$TEMP/first"

say "Restoring it into a new cluster"
cluster second
# The role postgres is there already, which is the one thing this may complain of.
"$BIN/psql" -X -q -d "$DATABASE_URL" -f "$TEMP/roles.sql" 2>&1 | grep -v 'role "postgres" already exists' || true
"$BIN/pg_restore" -d "$DATABASE_URL" --exit-on-error --single-transaction "$TEMP/docket.dump"
"$DOCKET" migrate
"$DOCKET" verify
serve second
questions second
diff "$TEMP/first.answers" "$TEMP/second.answers" || fail "the answers differ"
say "$(grep -c '^== ' "$TEMP/second.answers") questions have the same answers ($(grep -ci '^etag' "$TEMP/second.answers") tags, $(grep -ci '^docket-position' "$TEMP/second.answers") positions)"

say "Sessions, passwords, keys and the log go on"
curl -sSf "$URL/api/v1/auth/refresh" --json "{\"refresh_token\":\"$(field refresh_token <<<"$SESSION")\"}" >/dev/null
AS="Authorization: Bearer $(sign_in | field access_token)"
command_ "$COMMAND" | python3 -c 'import json,sys
first, again = json.load(open(sys.argv[1]))["data"], json.load(sys.stdin)["data"]
assert again["replayed"] and again["position"] == first["position"] and again["id"] == first["id"], again' "$TEMP/command.first"
command_ '{"command":"OpenCase","data":{"customer":{"name":"Bob"},"overdueAmount":1,"priority":"P2"}}' >/dev/null
stop
"$DOCKET" verify
say "Restored."
