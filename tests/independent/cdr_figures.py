"""What Docket shows of a day of calls, beside the reckoning of cdr_day.py: every difference is a complaint."""
import collections, datetime, urllib.parse
from fractions import Fraction

import cdr_day, explain
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


# Seconds within which a call counts as answered in time, unless a call centre sets others.
IN_TIME = 20


def email(extension):
    return f"agent{extension}@example.com"


def percent(points, counts, empty=None):
    return rounded(Fraction(100 * points, counts)) if counts else empty


def handled(calls):
    """Those in which somebody talked."""
    return [call for call in calls if call.talk is not None]


class Seen:
    """What there is to compare with."""

    def __init__(self, house, office, calls, said, worked, day):
        self.house, self.office, self.calls, self.said, self.worked, self.day = house, office, calls, said, worked, day
        self.complaints, self.performances = [], {}
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
        for name in ("calls_on_record", "agents", "hours", "shifts", "performance", "day_of_all", "teams", "explained"):
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
            agent = email(call.extension) if call.extension else None
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

    def asked(self, path, **more):
        query = urllib.parse.urlencode({"from": self.day, "to": self.day, **more})
        return self.house.ask("GET", f"{path}?{query}", token=self.office.token)["data"]

    def figures(self, what, shown, reckoned):
        """Each reckoned figure stands in the answer: a whole number as it is, a text rounded as it is shown, and nothing as null."""
        for name, expected in reckoned.items():
            value = shown.get(name, "is not there")
            if isinstance(value, dict):
                value = value["value"]
            if isinstance(expected, str) and isinstance(value, (int, float)):
                value = rounded(Fraction(str(value)))
            self.same(f"{what}: {name}", value, expected)
        return len(reckoned)

    def of_shift(self, extension):
        """What the agent's calls of the shift come to, and how long they were available."""
        worked = self.worked[extension]
        within = [call for call in handled(self.by_extension[extension]) if worked["come"] <= call.started < worked["go"]]
        talk = sum(call.talk for call in within)
        after = sum(self.said.get(call.key, {}).get("afterCallWorkSeconds", 0) for call in within)
        available = int((worked["go"] - worked["come"]).total_seconds()) - worked["lunch"]
        return len(within), talk, after, available

    def shifts(self):
        """Each agent's shift, as the roster's page and as the page of their performance show it."""
        rows = {row["agentEmail"]: row for row in self.asked("/api/workforce/utilization", groupBy="agent")["groups"]}
        self.same("agents with shifts", sorted(rows), sorted(email(extension) for extension in self.worked))
        compared = 0
        for extension in sorted(self.worked):
            calls, talk, after, available = self.of_shift(extension)
            used, talked = percent(talk + after, available, "0.00"), percent(talk, available, "0.00")
            literal, exact = rounded(Fraction(calls, available // 3600)), rounded(Fraction(calls * 3600, available))
            compared += self.figures(f"utilization of {extension}", rows.get(email(extension), {}), {
                "shifts": 1, "callsHandled": calls, "totalTalkTimeSeconds": talk, "totalAfterCallWorkSeconds": after,
                "totalAvailableTimeSeconds": available, "utilizationPercentage": used, "utilizationPercentageLiteral": used,
                "talkShare": talked, "callsPerHour": exact, "callsPerHourLiteral": literal})
            compared += self.figures(f"performance of {extension}", self.performance_of(extension), {
                "utilization": used, "utilizationLiteral": used, "talkShare": talked, "callsPerHour": exact, "callsPerHourLiteral": literal})
        return compared

    def performance_of(self, extension):
        if extension not in self.performances:
            self.performances[extension] = self.asked(f"/api/agent-performance/{email(extension)}")["figures"]
        return self.performances[extension]

    def of_calls(self, calls):
        """The figures over some calls, under the names that reports have for them."""
        talked = handled(calls)
        wraps = [self.said.get(call.key, {}) for call in talked]
        talk, ring = sum(call.talk for call in talked), sum(call.ring for call in talked)
        after = sum(wrap.get("afterCallWorkSeconds", 0) for wrap in wraps)
        scores = [wrap["customerSatisfactionScore"] for wrap in wraps if "customerSatisfactionScore" in wrap]
        number, mean = len(talked), lambda points, counts: rounded(Fraction(points, counts)) if counts else None
        return {"calls": len(calls), "handled": number, "inbound": sum(call.direction == "inbound" for call in calls),
                "outbound": sum(call.direction == "outbound" for call in calls),
                "transferred": sum(call.status == "transferred" for call in calls),
                "fcrRate": percent(sum(bool(wrap.get("firstCallResolution")) for wrap in wraps), number),
                "complaintRate": percent(sum(bool(wrap.get("complaint")) for wrap in wraps), number),
                "appointmentConversion": percent(sum(bool(wrap.get("appointment")) for wrap in wraps), number),
                "averageSatisfaction": mean(sum(scores), len(scores)), "averageHandleSeconds": mean(talk + after, number),
                "averageTalkSeconds": mean(talk, number), "averageAnswerSeconds": mean(ring, number)}

    def performance(self):
        compared = 0
        for extension in sorted(self.worked):
            reckoned = self.of_calls([call for call in self.by_extension[extension] if call.day == self.day])
            reckoned["missed"] = self.days[extension, self.day]["missed_by"]
            compared += self.figures(f"performance of {extension}", self.performance_of(extension), reckoned)
        return compared

    def of_all(self, calls):
        """The same with what only all calls together have: how long callers waited, and who gave up."""
        inbound = [call for call in calls if call.direction == "inbound"]
        return {**self.of_calls(calls), "missed": sum(call.status == "missed" for call in calls),
                "abandoned": sum(call.status == "abandoned" for call in calls),
                "voicemail": sum(call.status == "voicemail" for call in calls),
                "serviceLevel": percent(sum(call.ring is not None and call.ring <= IN_TIME for call in inbound), len(inbound)),
                "abandonmentRate": percent(sum(call.status == "abandoned" for call in inbound), len(inbound))}

    def day_of_all(self):
        """The day as a whole, by direction and by hour."""
        shown = self.asked("/api/reports/call-analytics")
        of_day = [call for call in self.calls.values() if call.day == self.day]
        compared = self.figures("the day", shown["totals"]["figures"], self.of_all(of_day))
        for part, name, of in (("byDirection", "direction", lambda call: call.direction), ("byHour", "hour", lambda call: call.hour)):
            groups = collections.defaultdict(list)
            for call in of_day:
                groups[of(call)].append(call)
            rows = {row[name]: row["figures"] for row in shown[part]}
            self.same(part, sorted(rows), sorted(groups))
            for key, calls in groups.items():
                compared += self.figures(f"{name} {key}", rows.get(key, {}), self.of_all(calls))
        return compared

    def teams(self):
        """Per location and team, that day."""
        groups = collections.defaultdict(list)
        for agent in cdr_day.agents():
            groups[agent.location, agent.team].append(agent.extension)
        rows = {(row["location"]["name"], row["team"]): row["figures"] for row in self.asked("/api/team-metrics")["rows"]}
        self.same("teams in the answer", sorted(rows), sorted(groups))
        compared = 0
        for key, extensions in groups.items():
            calls = [call for extension in extensions for call in self.by_extension[extension] if call.day == self.day]
            sums, rates = [self.of_shift(extension) for extension in extensions], self.of_calls(calls)
            talk, after, available = (sum(one[n] for one in sums) for n in (1, 2, 3))
            busy = {(call.extension, call.day) for call in handled(calls)}
            compared += self.figures(f"team {key}", rows.get(key, {}), {
                "totalAgents": len(extensions), "activeAgents": len(extensions), "totalCallsHandled": rates["handled"],
                "totalCallsMissed": sum(self.days[extension, self.day]["missed_by"] for extension in extensions),
                "totalTalkTimeHours": rounded(Fraction(sum(call.talk for call in handled(calls)), 3600)),
                "totalAvailableHours": rounded(Fraction(available, 3600)), "utilizationRate": percent(talk + after, available, "0.00"),
                "callsPerAgentPerDay": rounded(Fraction(rates["handled"], len(busy))) if busy else None,
                "firstCallResolutionRate": rates["fcrRate"], "complaintRate": rates["complaintRate"],
                "appointmentConversionRate": rates["appointmentConversion"], "averageCustomerSatisfaction": rates["averageSatisfaction"]})
        return compared

    def reasons(self, what, path, figures, **more):
        """Each figure's explanation is asked for, its sum done again, and the outcome compared with the figure as it is shown."""
        for name, shown in figures.items():
            query = urllib.parse.urlencode({"figure": name, "from": self.day, "to": self.day, **more})
            reason = self.house.ask("GET", f"{path}?{query}", token=self.office.token, exact=True)["data"]
            equal, claimed, found = explain.check(reason)
            if not equal or (claimed is None) != (shown is None) or (shown is not None and Fraction(str(shown)) != Fraction(str(claimed))):
                self.complaints.append(f"{what} {name}: shown {shown}, explained as {claimed}, evaluates to {found}")
        return len(figures)

    def explained(self):
        self.office.renew()
        compared = 0
        for extension in sorted(self.worked)[:7]:
            compared += self.reasons(extension, f"/api/agent-performance/{email(extension)}/explain", self.performance_of(extension))
        for row in self.asked("/api/team-metrics")["rows"][:3]:
            compared += self.reasons(f"team {row['location']['name']} {row['team']}", "/api/team-metrics/explain", row["figures"],
                                     locationId=row["location"]["id"], team=row["team"])
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
