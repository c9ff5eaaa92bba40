#!/usr/bin/env python3
"""A day of a call centre as its telephone system would tell it, and an independent reckoning of what it comes to.

    tests/independent/cdr_day.py [--calls 20000] [--day 2026-11-01] [--seed 1] > day.cdr

Standard library only, and nothing of Docket's: records are made in the format of 3CX (27 fields), read again as text, and
reckoned by the rules that docs/call-centre.md states in words. tests/cdr_storm.py sends such a day and compares.
"""
import argparse, collections, csv, datetime, io, json, random, zoneinfo
from dataclasses import dataclass, field
from fractions import Fraction

FIELDS = ("historyid callid duration time-start time-answered time-end reason-terminated from-no to-no from-dn to-dn dial-no "
          "reason-changed final-number final-dn bill-code bill-rate bill-cost bill-name chain from-type to-type final-type "
          "from-dispname to-dispname final-dispname missed-queue-calls").split()
IDENTIFYING = "historyid callid time-start from-no to-no from-dn to-dn dial-no".split()
ZONE = zoneinfo.ZoneInfo("America/Detroit")
UTC = datetime.UTC
LOCATIONS = ["Ann Arbor", "Wixom", "Plymouth"]
QUEUES = [("800", "Appointments"), ("801", "Billing, and other matters"), ("802", 'The "Rx" line')]
NAMES = ["Ann Arnold", "Béla Bartók", "O'Brien, Pat", 'Jo "Jay" Fox', "李小龍", "", "Zoë"]


@dataclass(frozen=True)
class Agent:
    extension: str
    name: str
    email: str
    location: str
    team: str


def agents():
    """Seven at each location, in two teams."""
    made = []
    for n in range(21):
        location = LOCATIONS[n % 3]
        made.append(Agent(str(101 + n), f"Agent {101 + n}", f"agent{101 + n}@example.com", location, ["morning", "evening"][n // 3 % 2]))
    return made


def wall(at):
    return at.astimezone(UTC).strftime("%Y/%m/%d %H:%M:%S")


def record(**known):
    made = dict.fromkeys(FIELDS, "")
    made.update({name.replace("_", "-"): value for name, value in known.items()})
    return made


def as_line(made):
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([made[name] for name in FIELDS])
    return out.getvalue()


class Day:
    """Calls of one day on the clocks of Detroit."""

    def __init__(self, calls, day, seed):
        self.dice, self.day, self.agents = random.Random(seed), day, agents()
        begin = datetime.datetime.combine(day, datetime.time(), ZONE).astimezone(UTC)
        end = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), ZONE).astimezone(UTC)
        self.begin, self.seconds = begin, int((end - begin).total_seconds())
        self.records = []
        for n in range(calls):
            self.records += self.call(n)

    def outside(self):
        return f"+1734{self.dice.randrange(5550000, 5559999)}", self.dice.choice(NAMES)

    def call(self, n):
        dice = self.dice
        self.at = self.begin + datetime.timedelta(seconds=dice.randrange(self.seconds))
        self.ids = {"historyid": f"H{self.day:%Y%m%d}{n:06}", "callid": f"{self.day:%Y%m%d}-{n:06}"}
        kind = dice.choices(["queue", "direct", "transfer", "twice", "abandoned", "missed", "voicemail", "out", "out_in_vain", "within"],
                            [40, 10, 10, 3, 8, 6, 5, 12, 4, 2])[0]
        return getattr(self, kind)()

    def leg(self, start, ring, talk, why, first, to, last=None, **more):
        """One record; `ring` or `talk` None: nobody answered."""
        answered = None if talk is None else start + datetime.timedelta(seconds=ring)
        end = start + datetime.timedelta(seconds=ring + (talk or 0))
        last = last or to
        made = record(duration=str(datetime.timedelta(seconds=(talk or 0))).rjust(8, "0"), time_start=wall(start),
                      time_answered=wall(answered) if answered else "", time_end=wall(end), reason_terminated=why,
                      from_type=first[0], from_dn=first[1], from_no=first[2], from_dispname=first[3],
                      to_type=to[0], to_dn=to[1], to_no=to[2], to_dispname=to[3],
                      final_type=last[0], final_dn=last[1], final_number=last[2], final_dispname=last[3], **self.ids)
        made.update({name.replace("_", "-"): value for name, value in more.items()})
        made["chain"] = "Chain: " + ";".join(p[2] for p in (first, to, last))
        return made, end

    def person(self, agent=None):
        agent = agent or self.dice.choice(self.agents)
        return ("Extension", agent.extension, f"Ext.{agent.extension}", agent.name)

    def caller(self):
        number, name = self.outside()
        return ("ExternalLine", "10000", number, name)

    def polled(self, beside):
        others = [a for a in self.agents if a.extension != beside]
        return self.dice.sample(others, self.dice.choice([0, 0, 1, 2, 3]))

    def hangs_up(self):
        return self.dice.choice(["TerminatedBySrc", "TerminatedByDst"])

    def queue(self):
        caller, (dn, name), agent = self.caller(), self.dice.choice(QUEUES), self.person()
        missed = ";".join("Ext." + a.extension for a in self.polled(agent[1]))
        made, _ = self.leg(self.at, self.dice.randrange(2, 90), self.dice.randrange(5, 900), self.hangs_up(), caller,
                           ("Queue", dn, dn, name), agent, missed_queue_calls=missed, dial_no="7345550100")
        return [made]

    def direct(self):
        made, _ = self.leg(self.at, self.dice.randrange(1, 30), self.dice.randrange(5, 600), self.hangs_up(), self.caller(), self.person())
        return [made]

    def transfer(self):
        """To a colleague: two records."""
        caller, first, second = self.caller(), *map(self.person, self.dice.sample(self.agents, 2))
        one, end = self.leg(self.at, self.dice.randrange(1, 30), self.dice.randrange(5, 200), "ReplacedDst", caller, first)
        two, _ = self.leg(end, self.dice.randrange(0, 20), self.dice.randrange(5, 600), self.hangs_up(), caller, second)
        return [one, two]

    def twice(self):
        """To a colleague and on to somebody outside: three records."""
        caller, first, second = self.caller(), *map(self.person, self.dice.sample(self.agents, 2))
        one, end = self.leg(self.at, self.dice.randrange(1, 30), self.dice.randrange(5, 200), "ReplacedDst", caller, first)
        two, end = self.leg(end, self.dice.randrange(1, 20), self.dice.randrange(5, 100), "ReplacedDst", caller, second)
        number, name = self.outside()
        three, _ = self.leg(end, self.dice.randrange(1, 30), self.dice.randrange(5, 600), self.hangs_up(), caller,
                            ("ExternalLine", "10001", number, name))
        return [one, two, three]

    def abandoned(self):
        dn, name = self.dice.choice(QUEUES)
        missed = ";".join("Ext." + a.extension for a in self.polled(None))
        made, _ = self.leg(self.at, self.dice.randrange(3, 300), None, "TerminatedBySrc", self.caller(), ("Queue", dn, dn, name),
                           missed_queue_calls=missed)
        return [made]

    def missed(self):
        made, _ = self.leg(self.at, self.dice.randrange(3, 60), None, self.hangs_up(), self.caller(), self.person())
        return [made]

    def voicemail(self):
        """Rings in vain, then the box picks up."""
        caller, person = self.caller(), self.person()
        one, end = self.leg(self.at, 20, None, "ReplacedDst", caller, person)
        box = ("VMail", person[1], f"VMail.{person[1]}", person[3])
        two, _ = self.leg(end, 0, self.dice.randrange(3, 90), "TerminatedBySrc", caller, box)
        return [one, two]

    def out(self):
        made, _ = self.leg(self.at, self.dice.randrange(3, 40), self.dice.randrange(5, 900), self.hangs_up(), self.person(), self.caller())
        return [made]

    def out_in_vain(self):
        made, _ = self.leg(self.at, self.dice.randrange(5, 60), None, "TerminatedBySrc", self.person(), self.caller())
        return [made]

    def within(self):
        one, two = map(self.person, self.dice.sample(self.agents, 2))
        made, _ = self.leg(self.at, self.dice.randrange(1, 20), self.dice.randrange(5, 300), self.hangs_up(), one, two)
        return [made]

    def garbage(self, count):
        """Lines that are no records, each another one."""
        made = []
        for n in range(count):
            good = self.dice.choice(self.records)
            line = as_line(good)
            cut = self.dice.randrange(1, len(line) - 40)
            wrong = dict(good, historyid=f"BAD{n:06}")
            early = dict(wrong, **{"time-answered": good["time-start"], "time-end": "2001/01/01 00:00:00"})
            made.append(self.dice.choice([
                f"{line[:cut]}#{n}",
                as_line(dict(wrong, **{"time-start": "yesterday"})),
                as_line(early),
                as_line(dict(wrong, callid="")),
                as_line(wrong) + ",one,too,many",
                f"GET /index.html?{n} HTTP/1.1",
                as_line(dict(wrong, duration="-5")),
            ]))
        return made


# ---------------------------------------------------------------- the reckoning

KINDS = {"Extension": "person", "ExternalLine": "outside", "Queue": "queue", "VMail": "box"}


def instant(text):
    return datetime.datetime.strptime(text, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC) if text else None


@dataclass
class Call:
    key: str
    direction: str = ""
    status: str = ""
    queue: str = None
    extension: str = None
    started: datetime.datetime = None
    answered: datetime.datetime = None
    ended: datetime.datetime = None
    transfers: int = 0
    missed: set = field(default_factory=set)
    legs: int = 0

    @property
    def ring(self):
        return None if self.answered is None else int((self.answered - self.started).total_seconds())

    @property
    def talk(self):
        return None if self.answered is None or self.ended is None else int((self.ended - self.answered).total_seconds())

    @property
    def day(self):
        return self.started.astimezone(ZONE).date()

    @property
    def hour(self):
        return self.started.astimezone(ZONE).hour


def reckon(records):
    """The calls that these records tell of, by the rules of call.legs@1 as they stand in words in the documentation."""
    by_call = collections.defaultdict(dict)
    for one in records:
        by_call[one["callid"]][tuple(one[name] for name in IDENTIFYING)] = one
    calls = {}
    for key, legs in by_call.items():
        legs = sorted(legs.values(), key=lambda leg: instant(leg["time-start"]))
        call, first, last = Call(key, legs=len(legs)), legs[0], legs[-1]
        call.started = instant(first["time-start"])
        call.ended = max(instant(leg["time-end"]) for leg in legs)
        outside_to = "outside" in (KINDS[first["to-type"]], KINDS[first["final-type"]])
        call.direction = ("inbound" if KINDS[first["from-type"]] == "outside" else "outbound" if outside_to else "internal")
        had = []
        for leg in legs:
            who = (KINDS[leg["final-type"]], leg["final-dn"] if KINDS[leg["final-type"]] == "person" else leg["final-number"])
            if leg["time-answered"] and who[0] in ("person", "outside") and (not had or had[-1][0] != who):
                had.append((who, instant(leg["time-answered"])))
        call.answered = had[0][1] if had else None
        call.transfers = max(len(had) - 1, 0)
        people = [who[1] for who, _ in had if who[0] == "person"]
        call.extension = first["from-dn"] if call.direction == "outbound" else people[-1] if people else None
        queues = [leg[f"{end}-dispname"] or leg[f"{end}-dn"] for leg in legs for end in ("to", "final", "from") if KINDS[leg[f"{end}-type"]] == "queue"]
        call.queue = queues[0] if queues else None
        rang = set()
        for leg in legs:
            rang |= {leg[f"{end}-dn"] for end in ("to", "final") if KINDS[leg[f"{end}-type"]] == "person"}
            rang |= {ext.removeprefix("Ext.") for ext in leg["missed-queue-calls"].split(";") if ext}
        spoke = set(people) | {call.extension}
        dialled = {first["from-dn"]} if KINDS[first["from-type"]] == "person" else set()
        call.missed = rang - spoke - dialled
        if had:
            call.status = "transferred" if call.transfers else "completed"
        elif any(KINDS[leg[f"{end}-type"]] == "box" for leg in legs for end in ("to", "final")):
            call.status = "voicemail"
        elif call.direction == "inbound" and last["reason-terminated"].endswith("BySrc") and queues:
            call.status = "abandoned"
        else:
            call.status = "missed"
        calls[key] = call
    return calls


def rounded(value, digits=2):
    """Half away from zero, as a text with exactly so many digits."""
    scaled = abs(Fraction(value)) * 10**digits
    whole = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
    text = f"{whole:0{digits + 1}d}"
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def agent_days(calls, said=None):
    """Per extension and day: what its agent did, and what they missed. `said`: wrap-ups by the call's key."""
    days, said = collections.defaultdict(collections.Counter), said or {}
    for call in calls.values():
        if call.extension is not None:
            sums, wrap = days[call.extension, call.day], said.get(call.key, {})
            sums["calls"] += 1
            sums[call.direction] += 1
            sums[call.status] += 1
            sums["answered"] += call.talk is not None
            sums["talk_seconds"] += call.talk or 0
            sums["ring_seconds"] += call.ring or 0
            sums["acw_seconds"] += wrap.get("afterCallWorkSeconds", 0)
            sums["hold_seconds"] += wrap.get("holdSeconds", 0)
            sums["appointments"] += bool(wrap.get("appointment"))
            sums["resolved_first"] += bool(wrap.get("firstCallResolution"))
            sums["complaints"] += bool(wrap.get("complaint"))
            if "customerSatisfactionScore" in wrap:
                sums["satisfaction_sum"] += wrap["customerSatisfactionScore"]
                sums["satisfaction_count"] += 1
        for extension in call.missed:
            days[extension, call.day]["missed_by"] += 1
    return days


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calls", type=int, default=20_000)
    asked.add_argument("--day", type=datetime.date.fromisoformat, default=datetime.date(2026, 11, 1))
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--reckon", action="store_true", help="print the reckoning as JSON instead of the records")
    asked = asked.parse_args()
    day = Day(asked.calls, asked.day, asked.seed)
    if asked.reckon:
        calls = reckon(day.records)
        sums = agent_days(calls)
        print(json.dumps({"calls": len(calls), "statuses": collections.Counter(call.status for call in calls.values()),
                          "agents": {f"{ext} {date}": sums[ext, date] for ext, date in sorted(sums)}}, indent=1))
    else:
        for one in day.records:
            print(as_line(one))


if __name__ == "__main__":
    main()
