#!/usr/bin/env python3
"""The storm of notices: thousands of breaches, a receiver that is away, a server that is killed again and again.

    tests/storm.py --docket target/debug/docket --server postgres://postgres@127.0.0.1:5440/postgres [--cases 10000] [--kills 10]

Opens cases that are overdue, lets the SLA clock find them, keeps the receiver away for a while, kills the server with SIGKILL at
random moments, and counts: every notice arrives, none is recorded twice, and a rebuild of everything sends none. Needs psql.
Exit code 1 if anything is lost, doubled on record, or sent by the rebuild.
"""
import argparse, collections, datetime, hashlib, hmac, base64, http.server, json, os, random, re, signal, subprocess, sys, tempfile
import threading, time, urllib.request, uuid

ASKED = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ASKED.add_argument("--docket", default="target/debug/docket")
ASKED.add_argument("--server", default="postgres://postgres@127.0.0.1:5440/postgres")
ASKED.add_argument("--cases", type=int, default=10_000)
ASKED.add_argument("--kills", type=int, default=10)
ASKED.add_argument("--away", type=float, default=60, help="seconds that the receiver is away at first")
ASKED.add_argument("--seed", type=int, default=1)
ASKED.add_argument("--patience", type=float, default=900, help="seconds after which what has not arrived is lost")
ASKED = ASKED.parse_args()
DICE = random.Random(ASKED.seed)
BEGAN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGAN:7.1f} s  {text}", flush=True)


class Receiver:
    """Takes notices and counts them by their id; checks each signature."""

    def __init__(self, port):
        self.port, self.taken, self.bad, self.lock, self.secret = port, collections.Counter(), 0, threading.Lock(), b""
        self.first, self.last = None, None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                name, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                mac = hmac.new(receiver.secret, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
                good = "v1," + base64.b64encode(mac).decode() in self.headers["webhook-signature"].split(" ")
                with receiver.lock:
                    receiver.taken[name] += 1
                    receiver.bad += not good
                    receiver.last = time.monotonic()
                    receiver.first = receiver.first or receiver.last
                # It has it, and says so a little later: a server killed in between must send it again.
                time.sleep(random.uniform(0, 0.03))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size, allow_reuse_address = True, 128, True

            def handle_error(self, *_):
                """A server that was killed breaks its connections: that is what this is about."""

        self.make = lambda: Server(("127.0.0.1", port), Handler)

    def open(self):
        server = self.make()
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def counts(self):
        with self.lock:
            return len(self.taken), sum(self.taken.values())


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


DATABASE = f"storm_{uuid.uuid4().hex[:12]}"
URL = ASKED.server.rsplit("/", 1)[0] + "/" + DATABASE
PORT = free_port()
HOME = tempfile.mkdtemp(prefix="storm-")
SPOKEN = open(os.path.join(HOME, "docket.log"), "a")
ENVIRONMENT = {**os.environ, "DATABASE_URL": URL, "DOCKET_HOME": HOME, "DOCKET_BIND": f"127.0.0.1:{PORT}",
               "DOCKET_NOTICES_ALLOW": "127.0.0.0/8", "DOCKET_LOG": "warn"}


def sql(statement, url=None):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url or URL, "-c", statement],
                          check=True, capture_output=True, text=True)
    return done.stdout.strip()


def serve(out=SPOKEN):
    return subprocess.Popen([ASKED.docket, "serve"], env=ENVIRONMENT, stdout=out, stderr=SPOKEN, text=True)


def ask(verb, path, body=None, token=None):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", method=verb,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.load(answer)


def until_up():
    for _ in range(300):
        try:
            return ask("GET", "/health")
        except OSError:
            time.sleep(0.1)
    sys.exit("the server does not come up")


def first_start():
    """Starts it for the first time and gives the password of its admin."""
    server = serve(subprocess.PIPE)
    for line in server.stdout:
        found = re.search(r"with the password (\S+)", line)
        if found:
            threading.Thread(target=server.stdout.read, daemon=True).start()
            until_up()
            return server, found.group(1)
    sys.exit("the first start shows no password")


def cases_file(count):
    path = os.path.join(HOME, "cases.ndjson")
    opened = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with open(path, "w") as file:
        for n in range(count):
            data = {"caseNumber": f"STORM-{n:05}", "customer": {"name": "A"}, "overdueAmount": 10, "priority": "P1", "autoAssign": False}
            line = {"key": f"storm {n}", "at": opened, "command": "OpenCase", "on": str(uuid.uuid5(uuid.NAMESPACE_OID, f"storm {n}")), "data": data}
            file.write(json.dumps(line) + "\n")
    return path


def main():
    sql(f"create database {DATABASE}", ASKED.server)
    server = None
    try:
        receiver = Receiver(free_port())
        server, password = first_start()
        token = ask("POST", "/api/v1/auth/token", {"email": "admin@docket.local", "password": password})["access_token"]
        # Version 2 in force from before the cases were opened: a day for P1, so that all of them are overdue.
        since = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        ask("POST", "/api/commands", {"command": "ChangeSettings", "at": since, "data": {"p1_sla_days": 1}}, token)
        # An address that is allowed although nobody answers there yet.
        added = ask("POST", "/api/v1/notices/endpoints",
                    {"url": f"http://127.0.0.1:{receiver.port}/hooks", "kinds": ["sla_breached"]}, token)
        receiver.secret = base64.b64decode(added["secret"].removeprefix("whsec_"))
        say(f"importing {ASKED.cases} overdue cases")
        subprocess.run([ASKED.docket, "import", cases_file(ASKED.cases)], env=ENVIRONMENT, check=True, stdout=SPOKEN, stderr=SPOKEN)
        started = time.monotonic()
        say("imported; the clock begins; the receiver is away, and the server is being killed")
        # Half of the kills while the receiver is away, the others while it takes what has been waiting.
        kills = sorted([DICE.uniform(0.5, ASKED.away) for _ in range(ASKED.kills // 2)]
                       + [ASKED.away + DICE.uniform(0.5, ASKED.away / 2) for _ in range(ASKED.kills - ASKED.kills // 2)])
        opened, killed, told = False, 0, 0.0
        while True:
            past = time.monotonic() - started
            if not opened and past >= ASKED.away:
                receiver.open()
                opened = True
                say("the receiver is back")
            if kills and past >= kills[0]:
                kills.pop(0)
                server.send_signal(signal.SIGKILL)
                server.wait()
                server = serve()
                killed += 1
                say(f"killed {killed} times; arrived {receiver.counts()[0]}")
            if past - told > 15:
                told = past
                say(f"recorded {sql('select count(*) from outbox.notices')}, arrived {receiver.counts()[0]}")
            if not kills and opened and receiver.counts()[0] >= ASKED.cases:
                if sql("select count(*) from outbox.deliveries where state = 'pending'") == "0":
                    break
            if past > ASKED.patience:
                say("out of patience")
                break
            time.sleep(0.05)
        settled = time.monotonic() - started
        breaches = int(sql("select count(*) from log.events where type = 'case.sla_breached'"))
        notices, doubled, delivered = (int(n) for n in sql(
            "select count(*), count(*) - count(distinct event_id), (select count(*) from outbox.deliveries where state = 'delivered') from outbox.notices").split("|"))
        most = sql("select max(attempts) from outbox.deliveries")
        distinct, arrived = receiver.counts()
        rate = distinct / max(receiver.last - receiver.first, 0.001)
        say("rebuilding everything while the server runs")
        subprocess.run([ASKED.docket, "rebuild"], env=ENVIRONMENT, check=True, stdout=SPOKEN, stderr=SPOKEN)
        time.sleep(10)
        until_up()
        after = receiver.counts()[1]
        notices_after = int(sql("select count(*) from outbox.notices"))
        differ = subprocess.run([ASKED.docket, "verify"], env=ENVIRONMENT, stdout=SPOKEN, stderr=SPOKEN).returncode
        print(f"""
breaches on the log                    {breaches}
notices on record                      {notices}, of them twice {doubled}
delivered on record                    {delivered}, at most {most} attempts
distinct notices at the receiver       {distinct}
requests at the receiver               {arrived}, so {arrived - distinct} repetitions (known by their webhook-id)
bad signatures                         {receiver.bad}
server killed (SIGKILL)                {killed} times
from the first due breach to the last  {settled:.0f} s, of which the receiver was away {ASKED.away:.0f} s; {rate:.0f} notices/s on average while it was there
sent by a rebuild of everything        {after - arrived} requests, {notices_after - notices} notices; verify {'agrees' if differ == 0 else 'DIFFERS'}""")
        good = (breaches == notices == delivered == distinct == ASKED.cases and doubled == 0 and receiver.bad == 0
                and after == arrived and notices_after == notices and differ == 0)
        print("passed" if good else "FAILED")
        return 0 if good else 1
    finally:
        if server:
            server.send_signal(signal.SIGKILL)
            server.wait()
        sql(f"drop database if exists {DATABASE} with (force)", ASKED.server)


sys.exit(main())
