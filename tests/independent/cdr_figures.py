"""What Docket shows of a day of calls, beside the reckoning of cdr_day.py: every difference is a complaint."""
import collections, datetime, json
from fractions import Fraction

import cdr_day
from cdr_day import ZONE, rounded


def stamp(at):
    return at.astimezone(cdr_day.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(at):
    return at.astimezone(ZONE).strftime("%H:%M:%S")


def shift_commands(office, extension, day, begin, end, come, lunch, back, go):
    """A shift as it is planned and worked, each at its own time."""
    agent, on = office.ids[extension], office.shift_id(extension, day)
    steps = [(begin - datetime.timedelta(days=2), "ScheduleShift", {"agent": agent, "date": str(day), "startTime": clock(begin), "endTime": clock(end)}),
             (come, "StartShift", {}), (lunch, "BeginBreak", {"kind": "lunch"}), (back, "EndBreak", {}), (go, "EndShift", {})]
    return [{"key": f"{name} {extension} {day}", "command": name, "on": on, "at": stamp(at), "data": data} for at, name, data in steps]


def handled(calls):
    """Those in which somebody talked."""
    return [call for call in calls if call.talk is not None]


class Seen:
    """What there is to compare with."""

    def __init__(self, house, office, calls, said, worked, day):
        self.house, self.office, self.calls, self.said, self.worked, self.day = house, office, calls, said, worked, day
        self.complaints = []
        self.by_extension = collections.defaultdict(list)
        for call in calls.values():
            if call.extension is not None:
                self.by_extension[call.extension].append(call)
        self.days = cdr_day.agent_days(calls, said)

    def same(self, what, shown, reckoned):
        if shown != reckoned:
            self.complaints.append(f"{what}: shown {shown!r}, reckoned {reckoned!r}")

    def compare_all(self, garbage, torn):
        before = 0
        for name in ("calls_on_record", "agents", "hours", "shifts", "performance", "team"):
            compared = getattr(self, name)()
            print(f"{name.replace('_', ' '):38} {compared} figures compared, {len(self.complaints) - before} differ")
            before = len(self.complaints)
        self.quarantine(garbage, torn)
        return self.complaints

    def calls_on_record(self):
        shown = self.house.table("""select call_key, call_direction, call_status, queue_name, agent_extension, agent_email, call_start_time,
            call_answer_time, call_end_time, ring_seconds, talk_seconds, transfer_count, legs, day, hour from read.calls""")
        self.same("calls", len(shown), len(self.calls))
        at = lambda text: text and datetime.datetime.fromisoformat(text)
        for row in shown:
            call = self.calls.get(row["call_key"])
            if call is None:
                self.complaints.append(f"call {row['call_key']} is not one of the day")
                continue
            agent = f"agent{call.extension}@example.com" if call.extension else None
            reckoned = (call.direction, call.status, call.queue, call.extension, agent, call.started, call.answered, call.ended,
                        call.ring, call.talk, call.transfers, call.legs, str(call.day), call.hour)
            self.same(f"call {call.key}", (row["call_direction"], row["call_status"], row["queue_name"], row["agent_extension"], row["agent_email"],
                                           at(row["call_start_time"]), at(row["call_answer_time"]), at(row["call_end_time"]), row["ring_seconds"],
                                           row["talk_seconds"], row["transfer_count"], row["legs"], row["day"], row["hour"]), reckoned)
        return 14 * len(shown)

    def agents(self):
        names = {"calls": "calls", "inbound": "inbound", "outbound": "outbound", "answered": "answered", "abandoned": "abandoned",
                 "transferred": "transferred", "voicemail": "voicemail", "talk_seconds": "talk_seconds", "ring_seconds": "ring_seconds",
                 "hold_seconds": "hold_seconds", "acw_seconds": "acw_seconds", "appointments": "appointments",
                 "resolved_first": "resolved_first", "complaints": "complaints", "satisfaction_sum": "satisfaction_sum",
                 "satisfaction_count": "satisfaction_count"}
        rows = self.house.table("select d.*, a.extension from read.agent_days d join read.agents a using (tenant_id, agent_id)")
        shown = {(row["extension"], row["day"]): row for row in rows}
        reckoned = {(extension, str(day)): sums for (extension, day), sums in self.days.items()}
        self.same("agents' days", sorted(shown), sorted(reckoned))
        for key, sums in reckoned.items():
            for column, name in names.items():
                self.same(f"agent_days {key} {column}", shown.get(key, {}).get(column), sums[name])
            self.same(f"agent_days {key} missed", shown.get(key, {}).get("missed"), sums["missed_by"])
        return len(reckoned) * (len(names) + 1)

    def hours(self):
        rows = self.house.table("""select day, hour, call_direction, sum(calls)::int as calls, sum(answered)::int as answered,
            sum(abandoned)::int as abandoned, sum(talk_seconds)::int as talk from read.call_hours group by 1, 2, 3""")
        sums = collections.defaultdict(collections.Counter)
        for call in self.calls.values():
            hour = sums[str(call.day), call.hour, call.direction]
            hour["calls"] += 1
            hour["answered"] += call.answered is not None
            hour["abandoned"] += call.status == "abandoned"
            hour["talk"] += call.talk or 0
        shown = {(row["day"], row["hour"], row["call_direction"]): row for row in rows}
        self.same("hours", sorted(shown), sorted(sums))
        for key, hour in sums.items():
            for name in ("calls", "answered", "abandoned", "talk"):
                self.same(f"hour {key} {name}", shown.get(key, {}).get(name), hour[name])
        return 4 * len(sums)

    def shift_sums(self, extension):
        """What the agent's calls of the shift come to, and how long they were available."""
        worked = self.worked[extension]
        within = [call for call in handled(self.by_extension[extension]) if worked["come"] <= call.started < worked["go"]]
        talk = sum(call.talk for call in within)
        after = sum(self.said.get(call.key, {}).get("afterCallWorkSeconds", 0) for call in within)
        available = int((worked["go"] - worked["come"]).total_seconds()) - worked["lunch"]
        return len(within), talk, after, available

    def shifts(self):
        body = self.house.ask("GET", f"/api/workforce/utilization?startDate={self.day}&endDate={self.day}&limit=100", token=self.office.token)["data"]
        compared = 0
        for shown, extension in self.each_agent(body):
            calls, talk, after, available = self.shift_sums(extension)
            reckoned = {"callsHandled": calls, "talkSeconds": talk, "afterCallWorkSeconds": after, "availableSeconds": available,
                        "shift.utilization@1": rounded(Fraction(talk + after, available) * 100),
                        "shift.utilization@2": rounded(Fraction(talk + after, available) * 100),
                        "shift.calls_per_hour@1": rounded(Fraction(calls, available // 3600)),
                        "shift.calls_per_hour@2": rounded(Fraction(calls * 3600, available))}
            compared += self.figures(f"utilization of {extension}", shown, reckoned)
        return compared

    def each_agent(self, body):
        """The parts of an answer that are about one agent, with the extension."""
        found = {}

        def look(value):
            if isinstance(value, dict):
                email = value.get("agentEmail") or value.get("email")
                if isinstance(email, str) and email.startswith("agent"):
                    found[email[5:].split("@")[0]] = value
                    return
                for inner in value.values():
                    look(inner)
            elif isinstance(value, list):
                for inner in value:
                    look(inner)

        look(body)
        self.same("agents in the answer", sorted(found), sorted(self.worked))
        return [(value, extension) for extension, value in sorted(found.items())]

    def figures(self, what, shown, reckoned):
        """Each reckoned figure must stand in the answer, under its name or under that of its formula."""
        named = {}

        def look(value):
            if isinstance(value, dict):
                if isinstance(value.get("formula"), str) and "value" in value:
                    named[value["formula"]] = value["value"]
                for name, inner in value.items():
                    if isinstance(inner, (int, float, str)) and not isinstance(inner, bool):
                        named.setdefault(name, inner)
                    look(inner)
            elif isinstance(value, list):
                for inner in value:
                    look(inner)

        look(shown)
        for name, expected in reckoned.items():
            value = named.get(name)
            if isinstance(expected, str) and value is not None:
                value = rounded(Fraction(str(value)))
            self.same(f"{what}: {name}", value, expected)
        return len(reckoned)

    def rates(self, calls):
        """The figures over some calls."""
        talked = handled(calls)
        wraps = [self.said.get(call.key, {}) for call in talked]
        talk, after = sum(call.talk for call in talked), sum(wrap.get("afterCallWorkSeconds", 0) for wrap in wraps)
        scores = [wrap["customerSatisfactionScore"] for wrap in wraps if "customerSatisfactionScore" in wrap]
        made = {}
        if talked:
            made = {"calls.fcr@1": rounded(Fraction(100 * sum(bool(w.get("firstCallResolution")) for w in wraps), len(talked))),
                    "calls.complaint_rate@1": rounded(Fraction(100 * sum(bool(w.get("complaint")) for w in wraps), len(talked))),
                    "calls.appointment_conversion@1": rounded(Fraction(100 * sum(bool(w.get("appointment")) for w in wraps), len(talked))),
                    "calls.average_handle_seconds@1": rounded(Fraction(talk + after, len(talked)))}
        if scores:
            made["calls.satisfaction@1"] = rounded(Fraction(sum(scores), len(scores)))
        return made

    def performance(self):
        compared = 0
        for extension in sorted(self.worked):
            path = f"/api/agent-performance/agent{extension}@example.com?startDate={self.day}&endDate={self.day}"
            shown = self.house.ask("GET", path, token=self.office.token)["data"]
            of_day = [call for call in self.by_extension[extension] if call.day == self.day]
            compared += self.figures(f"performance of {extension}", shown, self.rates(of_day))
        return compared

    def team(self):
        """Per location and team, that day."""
        body = self.house.ask("GET", f"/api/team-metrics?startDate={self.day}&endDate={self.day}&limit=100", token=self.office.token)["data"]
        groups = collections.defaultdict(list)
        for agent in cdr_day.agents():
            groups[agent.location, agent.team].append(agent.extension)
        found = {}

        def look(value):
            if isinstance(value, dict):
                place = value.get("location")
                if place in cdr_day.LOCATIONS and value.get("teamName") and str(value.get("reportingPeriod", self.day)) == str(self.day):
                    found[place, value["teamName"]] = value
                for inner in value.values():
                    look(inner)
            elif isinstance(value, list):
                for inner in value:
                    look(inner)

        look(body)
        self.same("teams in the answer", sorted(found), sorted(groups))
        compared = 0
        for key, extensions in groups.items():
            if key not in found:
                continue
            calls = [call for extension in extensions for call in self.by_extension[extension] if call.day == self.day]
            sums = [self.shift_sums(extension) for extension in extensions]
            available = sum(one[3] for one in sums)
            reckoned = self.rates(calls)
            reckoned.update({"totalCallsHandled": len(handled(calls)),
                             "shift.utilization@2": rounded(Fraction(sum(one[1] + one[2] for one in sums) * 100, available))})
            compared += self.figures(f"team {key}", found[key], reckoned)
        return compared

    def quarantine(self, garbage, torn):
        """Every line that is no record is held once; besides those only lines that were torn, or their rests."""
        rows = self.house.table("select raw, encoding from read.held_records")
        held = collections.Counter(row["raw"].strip() for row in rows)
        expected = {line.strip() for line in garbage}
        for line in expected:
            if held[line] != 1:
                self.complaints.append(f"in quarantine {held[line]} times: {line!r}")
        whole = set()
        for line in set(held) - expected:
            known = any(line == part.decode(errors="replace").strip() for part in torn)
            if not known:
                self.complaints.append(f"in quarantine, though nobody sent it so: {line!r}")
        return whole
