#!/usr/bin/env python3
"""A day of calls in a storm: three ways in at once, everything shuffled, repeated, torn and mixed with garbage, the server killed
again and again; and afterwards every figure reckoned by somebody else.

    tests/cdr_storm.py --docket target/release/docket --server postgres://postgres@127.0.0.1:5440/postgres [--calls 20000] [--kills 20]

Records go in by webhook (signed or with the plain secret, JSON and lines), by TCP, and by a file that is followed while it grows;
each one to five times, in any order, with lines that are no records in between. The server and whoever reads the file are
killed with SIGKILL at random moments. Then: every call is there exactly once, every line that is no record lies in quarantine
exactly once, a fresh fold agrees, and the figures of agents, teams, shifts and the day equal those of cdr_day.py to the digit.
Needs psql. Exit code 1 if anything differs.
"""
import argparse, base64, collections, datetime, hashlib, hmac, json, os, random, signal, socket, sys, threading, time, uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "independent"))
import cdr_board, cdr_day, cdr_figures
from cdr_house import House, Office, Pass, say

ASKED = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ASKED.add_argument("--docket", default="target/release/docket")
ASKED.add_argument("--server", default="postgres://postgres@127.0.0.1:5440/postgres")
ASKED.add_argument("--calls", type=int, default=20_000)
ASKED.add_argument("--garbage", type=int, default=400)
ASKED.add_argument("--kills", type=int, default=20)
ASKED.add_argument("--listeners", type=int, default=200)
ASKED.add_argument("--day", type=datetime.date.fromisoformat, default=datetime.datetime.now(cdr_day.ZONE).date(),
                   help="today in Detroit, as the board shows it; 2026-11-01 has 25 hours there")
ASKED.add_argument("--seed", type=int, default=1)
ASKED.add_argument("--keep", action="store_true", help="leave the database")
ASKED = ASKED.parse_args()
DICE = random.Random(ASKED.seed)
class Deliveries:
    """What has been taken in for sure, and what has not yet."""

    def __init__(self, things):
        self.lock, self.open, self.acknowledged = threading.Lock(), collections.deque(things), 0
        self.torn, self.failed = set(), 0

    def take(self, count):
        with self.lock:
            return [self.open.popleft() for _ in range(min(count, len(self.open)))]

    def back(self, things):
        with self.lock:
            self.open.extend(things)
            self.failed += 1

    def done(self, count):
        with self.lock:
            self.acknowledged += count


def by_webhook(office, deliveries, dice):
    while True:
        things = deliveries.take(dice.choice([1, 1, 1, 5, 40]))
        if not things:
            return
        as_json = all(isinstance(thing, dict) for thing in things) and dice.random() < 0.6
        if as_json:
            body, media = json.dumps(things[0] if len(things) == 1 else things if dice.random() < 0.5 else {"records": things}).encode(), "application/json"
        else:
            body, media = "\n".join(line_of(thing) for thing in things).encode(), "text/plain"
        if dice.random() < 0.5:
            name, at = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
            key = base64.b64decode(office.secret.removeprefix("whsec_"))
            mac = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
            headers = {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
        else:
            headers = {"X-Webhook-Secret": office.secret}
        try:
            office.house.ask("POST", f"/api/3cx/cdr-webhook?source={office.source}", body, headers=headers, media=media)
            deliveries.done(len(things))
        except (OSError, ValueError):
            deliveries.back(things)
            time.sleep(0.1)


def line_of(thing):
    return cdr_day.as_line(thing) if isinstance(thing, dict) else thing


def by_tcp(office, deliveries, dice):
    """A batch for each connection. Only what the server has closed in good order after our end of it is known to have arrived."""
    while True:
        things = deliveries.take(dice.choice([20, 100, 300]))
        if not things:
            return
        text = "".join(line_of(thing) + dice.choice(["\n", "\r\n"]) for thing in things).encode()
        # Now and then the connection breaks in the middle of a line.
        cut = dice.randrange(len(text)) if dice.random() < 0.1 else None
        arrived = False
        try:
            with socket.create_connection(("127.0.0.1", office.house.cdr_port), timeout=15) as line:
                if cut is not None:
                    with deliveries.lock:
                        deliveries.torn.add(text[:cut].rsplit(b"\n", 1)[-1].strip())
                line.sendall(text[:cut])
                line.shutdown(socket.SHUT_WR)
                arrived = line.recv(1) == b"" and cut is None
        except OSError:
            time.sleep(0.1)
        if arrived:
            deliveries.done(len(things))
        else:
            deliveries.back(things)


def by_file(office, deliveries, dice, path, ended):
    """Appends to a file that another program follows, in pieces that do not end where lines do."""
    with open(path, "ab") as file:
        while True:
            things = deliveries.take(200)
            if not things:
                break
            text = "".join(line_of(thing) + "\n" for thing in things).encode()
            while text:
                size = 4096 + dice.randrange(4096)
                file.write(text[:size])
                file.flush()
                text = text[size:]
                time.sleep(0.01)
            deliveries.done(len(things))
    ended.set()


def follow(office, path, ended):
    """Reads the file by `docket ingest`, killed now and then; once more at the end, without following."""
    command = ["ingest", "cdr", path, "--source", office.source]
    while not ended.is_set():
        process = office.house.start_other(*command, "--follow")
        ended.wait(DICE.uniform(2, 8))
        process.send_signal(signal.SIGKILL)
        process.wait()
    for _ in range(20):
        if office.house.run(*command) == 0:
            return
        time.sleep(1)
    sys.exit("the file cannot be read to its end")


def wrap_ups(calls, dice):
    """What agents said of some calls."""
    said = {}
    for key in sorted(calls):
        if calls[key].talk is None or dice.random() > 0.2:
            continue
        wrap = {"outcome": dice.choice(["appointment_scheduled", "information_provided", "transfer_required", "callback_scheduled"]),
                "callType": dice.choice(["appointment", "prescription", "billing", "general", "follow_up"]),
                "firstCallResolution": dice.random() < 0.7, "complaint": dice.random() < 0.05,
                "afterCallWorkSeconds": dice.randrange(0, 180), "holdSeconds": dice.randrange(0, 60)}
        if wrap["outcome"] == "appointment_scheduled":
            wrap["appointment"] = {"date": str(ASKED.day + datetime.timedelta(days=7)), "type": "check-up"}
        if dice.random() < 0.5:
            wrap["customerSatisfactionScore"] = dice.randrange(1, 6)
        said[key] = wrap
    return said


def shifts(office, dice):
    """Every agent works that day: when they came and went, and their lunch."""
    worked, commands = {}, []
    for n, agent in enumerate(cdr_day.agents()):
        at = lambda hour: datetime.datetime.combine(ASKED.day, datetime.time(hour), cdr_day.ZONE).astimezone(cdr_day.UTC)
        # A third of them begin before the clocks are set back.
        begin, end = (at(0), at(11)) if n % 3 == 0 else (at(8), at(17))
        come, go = begin + datetime.timedelta(seconds=dice.randrange(-300, 900)), end + datetime.timedelta(seconds=dice.randrange(-900, 600))
        lunch = come + datetime.timedelta(hours=3, seconds=dice.randrange(600))
        back = lunch + datetime.timedelta(seconds=dice.randrange(900, 3600))
        worked[agent.extension] = {"come": come, "go": go, "lunch": int((back - lunch).total_seconds())}
        commands += cdr_figures.shift_commands(office, agent.extension, ASKED.day, begin, end, come, lunch, back, go)
    return worked, commands


def main():
    house = House(ASKED.docket, ASKED.server, "storm")
    path = os.path.join(house.home, "cdr.log")
    try:
        office = Office(house, house.first(), ASKED.listeners)
        house.end()
        house.extra = ["--cdr-listen", f"127.0.0.1:{house.cdr_port}", "--cdr-source", office.source]
        house.start()
        house.up()
        passes = [Pass(house, email) for email in office.managers]
        listeners = cdr_board.Listeners(house.port, lambda n: passes[n // 20], ASKED.listeners)
        listeners.begin()

        day = cdr_day.Day(ASKED.calls, ASKED.day, ASKED.seed)
        calls = cdr_day.reckon(day.records)
        garbage = day.garbage(ASKED.garbage)
        things = []
        for one in [*day.records, *garbage]:
            things += [one] * DICE.choice([1, 1, 2, 3, 4, 5])
        DICE.shuffle(things)
        third = len(things) // 3
        ways = [Deliveries(things[:third]), Deliveries(things[third:2 * third]), Deliveries(things[2 * third:])]
        say(f"{len(calls)} calls in {len(day.records)} records, {len(garbage)} lines that are none; {len(things)} deliveries")

        ended = threading.Event()
        workers = [threading.Thread(target=by_webhook, args=(office, ways[0], random.Random(n))) for n in range(8)]
        workers += [threading.Thread(target=by_tcp, args=(office, ways[1], random.Random(100 + n))) for n in range(3)]
        workers += [threading.Thread(target=by_file, args=(office, ways[2], random.Random(200), path, ended))]
        open(path, "wb").close()
        follower = threading.Thread(target=follow, args=(office, path, ended))
        started = time.monotonic()
        for worker in [*workers, follower]:
            worker.start()
        killed, told = 0, 0.0
        while any(worker.is_alive() for worker in [*workers, follower]) or killed < ASKED.kills:
            time.sleep(DICE.uniform(0.5, 2.5))
            if killed < ASKED.kills:
                house.kill()
                house.start()
                killed += 1
                house.up()
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say(f"killed {killed} times; acknowledged {[way.acknowledged for way in ways]}, sent again {[way.failed for way in ways]} times")
        delivered = time.monotonic() - started
        say(f"all delivered in {delivered:.0f} s; agents say what came of their calls, and when they worked")
        office.renew()
        said = wrap_ups(calls, random.Random(ASKED.seed + 1))
        office.carry_out([{"key": f"wrap {key}", "command": "CompleteCall", "on": office.call_id(key), "data": wrap}
                          for key, wrap in said.items()])
        worked, commands = shifts(office, random.Random(ASKED.seed + 2))
        office.carry_out_history([commands])
        position = house.until_shown()

        print()
        torn = set().union(*(way.torn for way in ways)) - {b""}
        seen = cdr_figures.Seen(house, office, calls, said, worked, ASKED.day)
        complaints = seen.compare_all(garbage, torn)
        complaints += listeners.compare(lambda: house.ask("GET", "/api/call-center/board", token=office.token)["data"]["board"], position)
        differ = house.run("verify")
        if differ:
            complaints.append("verify: a fresh fold differs from what is stored")
        print(f"""
calls on record                        {house.sql("select count(*) from read.calls")} of {len(calls)}
lines in quarantine                    {house.sql("select count(*) from read.held_records")} ({len(set(garbage))} distinct lines that are no records, at most {len(torn)} torn ones)
deliveries                             {len(things)}, in {delivered:.0f} s; events of calls {house.sql("select count(*) from log.events where type like 'call.%'")}
server killed (SIGKILL)                {killed} times
sent again without an answer           {[way.failed for way in ways]} (webhook, TCP, file)
verify                                 {'agrees' if differ == 0 else 'DIFFERS'}
complaints                             {len(complaints)}""")
        for complaint in complaints[:40]:
            print("  " + complaint)
        print("passed" if not complaints else "FAILED")
        return 0 if not complaints else 1
    finally:
        house.kill()
        if not ASKED.keep:
            house.drop()


if __name__ == "__main__":
    sys.exit(main())
