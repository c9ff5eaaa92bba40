"""A Docket of one's own for a trial: a new database, the real program, and a call centre with its people."""
import datetime, json, os, re, signal, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request, uuid

import cdr_day, explain

BEGAN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGAN:7.1f} s  {text}", flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class House:
    """The program on a database of its own; it can be killed and started again."""

    def __init__(self, docket, server, name):
        self.docket, self.server = docket, server
        self.database = f"{name}_{uuid.uuid4().hex[:12]}"
        self.url = server.rsplit("/", 1)[0] + "/" + self.database
        self.port, self.cdr_port, self.home = free_port(), free_port(), tempfile.mkdtemp(prefix=f"{name}-")
        self.spoken = open(os.path.join(self.home, "docket.log"), "a")
        self.environment = {**os.environ, "DATABASE_URL": self.url, "DOCKET_HOME": self.home, "DOCKET_BIND": f"127.0.0.1:{self.port}",
                            "DOCKET_LOG": "warn", "DOCKET_RATE_LIMIT": "0", "DOCKET_RATE_LIMIT_TENANT": "0",
                            "DOCKET_RATE_LIMIT_ADDRESS": "0"}
        self.extra, self.process = [], None
        self.sql(f"create database {self.database}", server)

    def drop(self):
        self.sql(f"drop database if exists {self.database} with (force)", self.server)

    def sql(self, statement, url=None):
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url or self.url, "-c", statement],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def table(self, statement):
        return json.loads(self.sql(f"select coalesce(json_agg(t), '[]') from ({statement}) t"))

    def run(self, *words):
        """Another of the program's commands on the same database: its exit code."""
        return subprocess.run([self.docket, *words], env=self.environment, stdout=self.spoken, stderr=self.spoken).returncode

    def start_other(self, *words):
        return subprocess.Popen([self.docket, *words], env=self.environment, stdout=self.spoken, stderr=self.spoken)

    def start(self, out=None):
        self.process = subprocess.Popen([self.docket, "serve", *self.extra], env=self.environment, stdout=out or self.spoken,
                                        stderr=self.spoken, text=True)

    def up(self):
        for _ in range(600):
            try:
                return self.ask("GET", "/health")
            except (OSError, ValueError):
                time.sleep(0.05)
        sys.exit("the server does not come up")

    def first(self):
        """Starts it for the first time and gives the password of its admin."""
        self.start(subprocess.PIPE)
        for line in self.process.stdout:
            found = re.search(r"with the password (\S+)", line)
            if found:
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                self.up()
                return found.group(1)
        sys.exit("the first start shows no password")

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def ask(self, verb, path, body=None, token=None, headers=None, media="application/json", exact=False):
        """`exact`: numbers as they were written."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=verb, data=data, headers={"Content-Type": media})
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return explain.parse(answer.read().decode()) if exact else json.load(answer)
        except urllib.error.HTTPError as refused:
            text = refused.read().decode(errors="replace")
            if refused.code >= 500 or refused.code == 429:
                raise OSError(f"{refused.code} {text}") from None
            sys.exit(f"{verb} {path}: {refused.code} {text}")

    def signed_in(self, email, password):
        while True:
            try:
                return self.ask("POST", "/api/v1/auth/token", {"email": email, "password": password})["access_token"]
            except OSError:
                time.sleep(0.1)

    def until_shown(self):
        """Until every read model has come to the end of the log."""
        position = int(self.sql("select max(position) from log.events"))
        for _ in range(6000):
            if int(self.sql("select min(position) from projection.checkpoints") or 0) >= position:
                return position
            time.sleep(0.1)
        sys.exit("the screens do not come to the end of the log")


class Pass:
    """A person's token, asked for once in ten minutes: nobody signs in anew each time a line breaks."""

    def __init__(self, house, email):
        self.house, self.email, self.lock, self.token, self.since = house, email, threading.Lock(), None, 0.0

    def __call__(self):
        with self.lock:
            if self.token is None or time.monotonic() - self.since > 600:
                self.token, self.since = self.house.signed_in(self.email, PASSWORD), time.monotonic()
            return self.token


class Office:
    """Locations, agents with telephones, and the telephone system."""

    def __init__(self, house, password, listeners=0):
        self.house, self.password = house, password
        self.renew()
        ask = lambda verb, path, body: house.ask(verb, path, body, self.token)
        self.tenant = house.ask("GET", "/api/v1/auth/me", token=self.token)["tenant_id"]
        ask("POST", "/api/commands", {"command": "UpdateCompany", "on": self.tenant, "data": {"maxUsers": 1000}})
        ask("PUT", "/api/call-center/settings", {"reportingTimezone": "America/Detroit"})
        self.places = {name: ask("POST", "/api/locations", {"name": name, "timezone": "America/Detroit"})["data"]["id"]
                       for name in cdr_day.LOCATIONS}
        self.ids = {}
        for agent in cdr_day.agents():
            first, last = agent.name.split(" ")
            user = ask("POST", "/api/users", {"email": agent.email, "firstName": first, "lastName": last, "role": "agent",
                                              "password": PASSWORD})["id"]
            ask("POST", "/api/agents", {"userId": user, "extension": agent.extension, "locationId": self.places[agent.location],
                                        "team": agent.team})
            self.ids[agent.extension] = user
        # One person may listen twenty times at once.
        self.managers = [f"manager{n}@example.com" for n in range((listeners + 19) // 20)]
        for email in self.managers:
            ask("POST", "/api/users", {"email": email, "firstName": "M", "lastName": "M", "role": "manager", "password": PASSWORD})
        made = ask("POST", "/api/3cx/sources", {"name": "3CX in the cellar", "timezone": "UTC"})["data"]
        self.source, self.secret = made["id"], made["secret"]

    def renew(self):
        self.token = self.house.signed_in("admin@docket.local", self.password)

    def call_id(self, key):
        """By the rule in docs/call-centre.md."""
        return str(uuid.uuid5(uuid.UUID(self.tenant), f"call\x1f{self.source}\x1f{key}"))

    def shift_id(self, extension, day):
        return str(uuid.uuid5(uuid.UUID(self.tenant), f"shift\x1f{self.ids[extension]}\x1f{day}"))

    def carry_out_history(self, stretches):
        """Stretches of what happened long ago: meanwhile no clock settles what is not told to its end yet."""
        self.carry_out([{"key": f"begin {uuid.uuid4()}", "command": "BeginImport", "on": self.tenant, "data": {}}])
        for commands in stretches:
            self.carry_out(commands)
        self.carry_out([{"key": f"end {uuid.uuid4()}", "command": "EndImport", "on": self.tenant, "data": {}}])

    def carry_out(self, commands):
        """Commands as lines, again until all of them are answered with yes; their keys make that harmless."""
        for first in range(0, len(commands), 1000):
            body = "\n".join(json.dumps(one) for one in commands[first:first + 1000]).encode()
            while True:
                request = urllib.request.Request(f"http://127.0.0.1:{self.house.port}/api/commands", method="POST", data=body, headers={
                    "Content-Type": "application/x-ndjson", "Authorization": f"Bearer {self.token}"})
                try:
                    with urllib.request.urlopen(request, timeout=60) as answer:
                        answers = [json.loads(line) for line in answer.read().splitlines()]
                except urllib.error.HTTPError as refused:
                    if refused.code == 401:
                        self.renew()
                        continue
                    sys.exit(f"{refused.code} {refused.read().decode()}")
                except OSError:
                    time.sleep(0.2)
                    continue
                bad = [answer for answer in answers if not answer.get("ok")]
                if bad:
                    sys.exit(f"a command was refused: {bad[0]}")
                break


PASSWORD = "a password for the storm 1"
