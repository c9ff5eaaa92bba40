#!/usr/bin/env python3
"""How fast records of calls come in, become visible, and are reported on.

    tests/cdr_speed.py --docket target/release/docket --server postgres://postgres@127.0.0.1:5440/postgres [--calls 1000000]

1. Durable: so many records a second by TCP and from a file, each acknowledged only when it is on disk.
2. Visible: 28 records a second by webhook for a minute; from the request to the list that shows the call.
3. Reports over a million calls of two years and a shift for every agent on each day: 99th percentile of each. With --plans, statements
   that take longer than so many milliseconds have their plans written to PostgreSQL's log (auto_explain; needs a superuser).
Needs psql. Figures only; nothing passes or fails, because machines differ.
"""
import argparse, datetime, itertools, json, os, random, socket, sys, threading, time, urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "independent"))
import cdr_day, cdr_figures
from cdr_house import House, Office, say

ASKED = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ASKED.add_argument("--docket", default="target/release/docket")
ASKED.add_argument("--server", default="postgres://postgres@127.0.0.1:5440/postgres")
ASKED.add_argument("--calls", type=int, default=1_000_000)
ASKED.add_argument("--seconds", type=int, default=60)
ASKED.add_argument("--plans", type=int, help="milliseconds from which on a statement's plan is logged")
ASKED.add_argument("--looks", type=int, default=100, help="how often each report is asked for")
ASKED.add_argument("--shifts", action=argparse.BooleanOptionalAction, default=True)
ASKED.add_argument("--keep", action="store_true", help="leave the database")
ASKED = ASKED.parse_args()


def percentiles(seconds):
    seconds = sorted(seconds)
    at = lambda part: seconds[min(int(len(seconds) * part), len(seconds) - 1)] * 1000
    return f"p50 {at(.5):7.1f}  p99 {at(.99):7.1f}  most {seconds[-1] * 1000:7.1f} ms"


def by_tcp(house, records):
    text = "".join(cdr_day.as_line(one) + "\n" for one in records).encode()
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", house.cdr_port)) as line:
        line.sendall(text)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b"", "the server closes when all is on record"
    return len(records) / (time.monotonic() - begun)


def paced(house, office, records):
    """Each second so many; how long until the answer, and until the call is in the list."""
    answered, shown, threads, begun = [], [], [], time.monotonic()

    def one(record):
        sent = time.monotonic()
        house.ask("POST", f"/api/3cx/cdr-webhook?source={office.source}", record, headers={"X-Webhook-Secret": office.secret})
        answered.append(time.monotonic() - sent)
        while time.monotonic() - sent < 10:
            try:
                house.ask("GET", f"/api/call-records/{office.call_id(record['callid'])}", token=office.token)
                break
            except SystemExit:
                time.sleep(0.01)
        shown.append(time.monotonic() - sent)

    for n, record in enumerate(records):
        time.sleep(max(0, begun + n / 28 - time.monotonic()))
        threads.append(threading.Thread(target=one, args=(record,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return answered, shown


def looks(first, last):
    """What is asked, simple first; the custom ones at the end are allowed two seconds."""
    month = {"from": str(last - datetime.timedelta(days=30)), "to": str(last)}
    year = {"from": str(last - datetime.timedelta(days=365)), "to": str(last)}
    all_of_it = {"from": str(first), "to": str(last)}
    query = lambda path, words: ("GET", f"{path}?{urllib.parse.urlencode(words)}", None)
    custom = lambda words, **more: ("POST", "/api/reports/custom", {**words, **more})
    yield "call-records, newest", query("/api/call-records", {})
    yield "call-records, missed at Wixom", query("/api/call-records", {"status": "missed", **month})
    yield "agent-performance, a month", query("/api/agent-performance/agent101@example.com", month)
    yield "agent-performance, all of it", query("/api/agent-performance/agent101@example.com", all_of_it)
    yield "team-metrics, a day", query("/api/team-metrics", {"from": str(last), "to": str(last)})
    yield "team-metrics, a month", query("/api/team-metrics", month)
    yield "utilization, a month", query("/api/workforce/utilization", month)
    yield "reports/agent-performance, a month", query("/api/reports/agent-performance", month)
    yield "reports/agent-performance, a year", query("/api/reports/agent-performance", year)
    yield "reports/team-performance, a month", query("/api/reports/team-performance", month)
    yield "reports/team-performance, a year", query("/api/reports/team-performance", year)
    yield "reports/call-analytics, a month", query("/api/reports/call-analytics", month)
    yield "reports/call-analytics, a year", query("/api/reports/call-analytics", year)
    yield "reports/call-analytics, all of it", query("/api/reports/call-analytics", all_of_it)
    yield "reports/productivity, a month", query("/api/reports/productivity", month)
    yield "custom: fcr by agent and month", custom(all_of_it, measures=["calls", "handled", "fcrRate", "averageHandleSeconds"], dimensions=["agent", "month"])
    yield "custom: by queue, weekday and hour", custom(all_of_it, measures=["calls", "serviceLevel", "abandonmentRate"], dimensions=["queue", "weekday", "hour"])
    yield "custom: by type and outcome", custom(all_of_it, measures=["calls", "averageHandleSeconds", "complaintRate"], dimensions=["callType", "outcome"])
    yield "custom: voicemails by agent", custom(all_of_it, measures=["calls", "ringSeconds"], dimensions=["agent"], filters={"statuses": ["voicemail"]})
    yield "custom: utilization by team, quarter", custom(all_of_it, measures=["utilization", "callsPerHour", "attendanceRate"], dimensions=["team", "quarter"])


def roster(office, first, days):
    """Every agent works eight hours on each day: they come, have lunch and go. Some weeks at once."""
    for week in range(0, days, 40):
        commands = []
        for n, agent in itertools.product(range(week, min(week + 40, days)), cdr_day.agents()):
            day = first + datetime.timedelta(days=n)
            begin = datetime.datetime.combine(day, datetime.time(8), cdr_day.ZONE).astimezone(cdr_day.UTC)
            after = lambda hours: begin + datetime.timedelta(hours=hours)
            commands += cdr_figures.shift_commands(office, agent.extension, day, begin, after(8), begin, after(4), after(4.5), after(8))
        yield commands


def main():
    house = House(ASKED.docket, ASKED.server, "speed")
    try:
        office = Office(house, house.first())
        house.end()
        house.extra = ["--cdr-listen", f"127.0.0.1:{house.cdr_port}", "--cdr-source", office.source]
        house.start()
        house.up()
        first = datetime.date(2024, 11, 1)
        say("durable: by TCP")
        records = cdr_day.Day(20_000, first, 1).records
        print(f"by TCP, one connection                 {by_tcp(house, records):8.0f} records/s")
        print(f"by TCP, the same again (nothing new)   {by_tcp(house, records):8.0f} records/s")
        say("visible: 28 a second")
        office.renew()
        answered, shown = paced(house, office, cdr_day.Day(28 * ASKED.seconds, first + datetime.timedelta(days=1), 2).records[:28 * ASKED.seconds])
        print(f"webhook, until the answer              {percentiles(answered)}\nwebhook, until the call is shown       {percentiles(shown)}")

        say(f"{ASKED.calls} calls of two years from a file")
        path, days = os.path.join(house.home, "years.cdr"), 728
        with open(path, "w") as file:
            count = 0
            for n in range(days):
                for one in cdr_day.Day(ASKED.calls // days, first + datetime.timedelta(days=2 + n), 10 + n).records:
                    file.write(cdr_day.as_line(one) + "\n")
                    count += 1
        begun = time.monotonic()
        if house.run("ingest", "cdr", path, "--source", office.source) != 0:
            sys.exit("the file could not be read")
        print(f"from a file                            {count / (time.monotonic() - begun):8.0f} records/s ({count} records)")
        house.until_shown()
        print(f"  and until all of it is shown         {count / (time.monotonic() - begun):8.0f} records/s")
        if ASKED.shifts:
            say("a shift for every agent on each day")
            office.renew()
            office.carry_out_history(roster(office, first, days + 2))
            house.until_shown()
        house.sql("vacuum analyze")
        if ASKED.plans is not None:
            for name, value in (("session_preload_libraries", "'auto_explain'"), ("auto_explain.log_min_duration", ASKED.plans),
                                ("auto_explain.log_analyze", "on"), ("auto_explain.log_timing", "off"), ("auto_explain.log_nested_statements", "on")):
                house.sql(f"alter database {house.database} set {name} = {value}")
            house.end()
            house.start()
            house.up()
        say("reports")
        office.renew()
        last = first + datetime.timedelta(days=1 + days)
        for name, (verb, path, body) in looks(first, last):
            took = []
            for _ in range(ASKED.looks):
                begun = time.monotonic()
                house.ask(verb, path, body, office.token)
                took.append(time.monotonic() - begun)
            print(f"{name:38} {percentiles(took)}", flush=True)
        return 0
    finally:
        house.kill()
        if not ASKED.keep:
            house.drop()


if __name__ == "__main__":
    sys.exit(main())
