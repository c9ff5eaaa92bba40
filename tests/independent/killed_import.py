#!/usr/bin/env python3
"""Imports a history, kills the importer (-9) at random moments, runs it to its end, and compares with an import in one go.

usage: killed_import.py DOCKET SERVER_URL FILE [KILLS] [SEED]
DOCKET is the program, SERVER_URL a PostgreSQL superuser URL such as postgres://postgres@127.0.0.1:5432 (two databases are made there).
"""
import os, random, signal, subprocess, sys, time

docket, server, history = sys.argv[1:4]
kills = int(sys.argv[4]) if len(sys.argv) > 4 else 5
seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(10**6)
luck = random.Random(seed)


def sql(database, text):
    out = subprocess.run(["psql", "-XAtq", f"{server}/{database}", "-c", text], capture_output=True, text=True, check=True)
    return out.stdout.strip()


def fresh(database):
    sql("postgres", f"drop database if exists {database} with (force)")
    sql("postgres", f"create database {database}")
    return dict(os.environ, DATABASE_URL=f"{server}/{database}")


# What must be the same: every event of the imported cases and agencies, in the order of its thing, but for when it was recorded.
EVENTS = """select md5(string_agg(category || stream_id || version || type || occurred_at || convert_from(body, 'UTF8'), ','
            order by category, stream_id, version)), count(*) from log.events where category in ('case', 'agency', 'reservation')"""

whole = fresh("import_in_one_go")
began = time.time()
print(subprocess.run([docket, "import", history], env=whole, capture_output=True, text=True, check=True).stdout.strip())
took = time.time() - began

broken = fresh("import_killed")
subprocess.run([docket, "migrate"], env=broken, capture_output=True, check=True)
for n in range(kills):
    child = subprocess.Popen([docket, "import", history], env=broken, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(luck.uniform(0.15, 0.6) * took / 2)
    child.send_signal(signal.SIGKILL)
    child.wait()
    print(f"kill {n + 1}: {sql('import_killed', 'select count(*) from log.events')} events on record")
print(subprocess.run([docket, "import", history], env=broken, capture_output=True, text=True, check=True).stdout.strip())

one, other = sql("import_in_one_go", EVENTS), sql("import_killed", EVENTS)
print(f"in one go: {one}\nkilled:    {other}")
doubled = sql("import_killed", "select count(*) from (select 1 from log.events group by tenant_id, category, stream_id, version having count(*) > 1) d")
dense = sql("import_killed", "select count(*) = max(position) from log.events")
verified = subprocess.run([docket, "verify"], env=broken, capture_output=True, text=True)
print(f"doubled {doubled}, dense {dense}; {verified.stdout.strip().splitlines()[-1]}")
same = one == other and doubled == "0" and dense == "t" and verified.returncode == 0
print(f"killed_import: {'the same' if same else 'DIFFERENT'} (seed {seed})")
sys.exit(0 if same else 1)
