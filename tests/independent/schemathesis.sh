#!/usr/bin/env bash
# Schemathesis, a stranger to Docket, holds a running server against its own OpenAPI document: all checks, signed in.
#
# usage: schemathesis.sh DOCKET [SERVER_URL]
# DOCKET is the program; SERVER_URL a PostgreSQL superuser URL such as postgres://postgres@127.0.0.1:5432 (database
# docket_schemathesis or $DATABASE is made there anew). Without it Docket runs its own PostgreSQL in a temporary home.
# Environment: DATABASE, SEED, EXAMPLES (of each operation), PHASES, ONLY (a pattern of paths), PORT, KEEP (a directory for what was
# found), SCHEMATHESIS (the program `schemathesis`; not given, it is installed from PyPI).
set -euo pipefail

docket=$(realpath "$1") server=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
seed=${SEED:-$RANDOM$RANDOM} examples=${EXAMPLES:-30} phases=${PHASES:-examples,coverage,fuzzing,stateful}
port=${PORT:-8077} found=${KEEP:-$(mktemp -d)} st=${SCHEMATHESIS:-}
work=$(mktemp -d) pid= database=${DATABASE:-docket_schemathesis}
url=http://127.0.0.1:$port
mkdir -p "$found"
trap '[ -z "$pid" ] || { kill "$pid" && wait "$pid" || true; }; rm -rf "$work"' EXIT

if [ -z "$st" ]; then
    python3 -m venv "$work/python"
    "$work/python/bin/pip" install --quiet 'schemathesis>=4.32,<5'
    st=$work/python/bin/schemathesis
fi

export DOCKET_HOME=$work/home DOCKET_BIND=127.0.0.1:$port DOCKET_LOG=${DOCKET_LOG:-warn,request=info,api=info}
# Thousands of requests a minute are the point here, not an attack.
export DOCKET_RATE_LIMIT=0 DOCKET_RATE_LIMIT_TENANT=0 DOCKET_RATE_LIMIT_ADDRESS=0
unset DATABASE_URL
if [ -n "$server" ]; then
    psql -XAtq "$server/postgres" -c "drop database if exists $database with (force)" \
        -c "create database $database" 2>/dev/null
    export DATABASE_URL=$server/$database
fi
(cd "$work" && exec "$docket" serve) >"$found/docket.log" 2>&1 &
pid=$!
for _ in $(seq 240); do
    curl -fso /dev/null "$url/ready" && break
    kill -0 "$pid" 2>/dev/null || { cat "$found/docket.log"; exit 1; }
    sleep 0.5
done
password=$(sed -n 's/^First start.* with the password //p' "$found/docket.log")

# Somebody else than the first admin asks the questions: what is done to accounts and companies here must not end the session.
export DOCKET_URL=$url DOCKET_PASSWORD=$password SCHEMATHESIS_HOOKS=$here/schemathesis_hooks.py
python3 "$here/schemathesis_seed.py" | tee "$found/seed.txt"

echo "schemathesis: seed $seed, $examples examples of each operation, phases $phases"
only=()
[ -z "${ONLY:-}" ] || only=(--include-path-regex "$ONLY")
result=0
(cd "$found" && "$st" --config-file "$here/schemathesis.toml" run "$url/api-docs/openapi.json" --no-color --checks all --phases "$phases" \
    --max-examples "$examples" --seed "$seed" --continue-on-failure --generation-database none --request-timeout 30 \
    --report ndjson --report-ndjson-path "$found/events.ndjson" "${only[@]}") >"$found/summary.txt" 2>&1 || result=$?
sed -n '/= SUMMARY =/,$p' "$found/summary.txt"

# What is no HTTP at all is refused before it is a request, and actix reports that as an error of the stream: not Docket's.
broken=$(sed 's/\x1b\[[0-9;]*m//g' "$found/docket.log" | grep -v 'request parse error' | grep -cE 'status=5[0-9][0-9]|panicked at| ERROR ' || true)
echo "server's log: $broken lines about panics, errors or 5xx ($found)"
[ "$result" = 0 ] && [ "$broken" = 0 ]
