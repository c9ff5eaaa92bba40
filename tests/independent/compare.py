#!/usr/bin/env python3
"""Compares a running server with an expected answer, to the digit:

compare.py BASE_URL EMAIL PASSWORD EXPECTED.json [--tenant ID] [--prefix "helpdesk "]

--prefix keeps only the agencies whose name and the cases whose number begin with that file's name.
Exit code: 0 all equal, 1 any differs, 2 the server could not be read.
"""
import argparse
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from decimal import Decimal

import explain

AT = "2013-06-30T00:00:00Z"  # the instant at which score2 is asked
CASE_NUMBER = "case_id"
AGENCY = {  # expected name: path in the API's agency
    "completed": "total_cases_completed",
    "rejected": "total_cases_rejected",
    "delays": "total_delays",
    "quick": "quick_completions",
    "slowDays": "slow_days",
    "atRisk": "at_risk_completions",
    "breached": "breached_completions",
    "seconds": "processing_seconds",
    "active": "active_cases_count",
    "avgDays": "avg_completion_time_days",
    "raw": "score_1.raw",
    "score": "score_1.value",
}


class Unreadable(Exception):
    pass


class Api:
    def __init__(self, base, tenant):
        self.base, self.headers = base.rstrip("/"), {"Accept": "application/json"}
        if tenant:
            self.headers["Docket-Tenant"] = tenant

    def call(self, path, query=None, body=None):
        url = self.base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(self.headers)
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        for _ in range(20):
            try:
                with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
                    return explain.parse(answer.read().decode("utf-8"))
            except urllib.error.HTTPError as error:
                text = error.read().decode("utf-8", "replace")[:300]
                if error.code != 429:
                    raise Unreadable(f"{url}: {error.code} {text}") from error
                wait = error.headers.get("Retry-After", "")
                time.sleep(min(int(wait) if wait.isdigit() else 1, 60) or 1)
            except (OSError, ValueError, explain.Wrong) as error:
                raise Unreadable(f"{url}: {error}") from error
        raise Unreadable(f"{url}: still 429 after 20 tries")

    def login(self, email, password):
        token = at(self.call("/api/v1/auth/token", body={"email": email, "password": password}), "access_token")
        self.headers["Authorization"] = f"Bearer {token}"

    def pages(self, path):
        items, page = [], 1
        while True:
            answer = self.call(path, {"page": page, "limit": 100})
            if not isinstance(at(answer, "items"), list) or not isinstance(at(answer, "total"), Decimal):
                raise Unreadable(f"{path}: page {page} is not {{items, total}}")
            items += answer["items"]
            if not answer["items"] or len(items) >= answer["total"]:
                break
            page += 1
        if len(items) != answer["total"] or len({at(item, "id") for item in items}) != len(items):
            raise Unreadable(f"{path}: {len(items)} items read, some twice or missing, total {answer['total']}")
        return items


def at(item, path):
    """The value under a dotted path, None where there is none."""
    for name in path.split("."):
        item = item.get(name) if isinstance(item, dict) else None
    return item


class Tally:
    def __init__(self):
        self.equal = self.differ = 0

    def count(self, equal, text):
        if equal:
            self.equal += 1
        else:
            self.differ += 1
            print(text)

    def figure(self, name, found, expected):
        """An expected number must be a JSON number of exactly that value, an expected null a null."""
        if isinstance(expected, str):
            expected = Decimal(expected)
        equal = type(found) is type(expected) and found == expected
        self.count(equal, f"{name}: got {found}{' (a string)' if isinstance(found, str) else ''}, expected {expected}")


def compare_cases(tally, cases, expected):
    def counts(field):
        return Counter(str(at(case, field)).lower().replace(" ", "_") for case in cases)

    def amount(field):
        values = [at(case, field) for case in cases]
        wrong = [value for value in values if not isinstance(value, Decimal)]
        return f"{len(wrong)} cases without a number, such as {wrong[0]!r}" if wrong else sum(values, Decimal(0))

    tally.figure("cases", Decimal(len(cases)), expected["cases"])
    for name, field in (("status", "status"), ("slaStatus", "sla_status")):
        found = counts(field)
        for key in sorted(set(found) | set(expected[name])):
            tally.figure(f"{name} {key}", Decimal(found[key]), expected[name].get(key, Decimal(0)))
    tally.figure("amount", amount("overdue_amount"), expected["amount"])
    tally.figure("paid", amount("amount_paid"), expected["paid"])


def compare_agencies(tally, api, agencies, expected):
    by_name = {at(agency, "name"): agency for agency in agencies}
    tally.figure("agencies", Decimal(len(agencies)), Decimal(len(expected)))
    for name in sorted(set(by_name) - set(expected), key=str):
        tally.count(False, f"{name}: an agency nobody expected")
    for name, wanted in sorted(expected.items()):
        agency = by_name.get(name)
        if agency is None:
            tally.count(False, f"{name}: no such agency")
            continue
        for key, field in AGENCY.items():
            tally.figure(f"{name}: {field}", at(agency, field), wanted[key])
        path = f"/api/v1/dcas/{agency['id']}/score"
        score = at(api.call(path, {"at": AT}), "score_2")
        tally.figure(f"{name}: score_2", at(score, "value") if isinstance(score, dict) else score, wanted["score2"])
        for formula, moment, key in (("agency.score@1", {}, "score"), ("agency.score@2", {"at": AT}, "score2")):
            explanation = api.call(path + "/explain", {"formula": formula, **moment})
            equal, claimed, found = explain.check(explanation)
            tally.figure(f"{name}: {formula} explained", claimed, wanted[key])
            tally.count(equal, f"{name}: {formula} says {claimed}, its explanation evaluates to {found}")
            named = at(explanation, "formula")
            tally.count(named == formula, f"{name}: asked to explain {formula}, got {named}")


def main():
    parser = argparse.ArgumentParser(description="Compares a running server with an expected answer.")
    for name in ("base_url", "email", "password", "expected"):
        parser.add_argument(name)
    parser.add_argument("--tenant")
    parser.add_argument("--prefix", default="", help='such as "helpdesk ": agencies "helpdesk …", cases "helpdesk-…"')
    options = parser.parse_args()
    with open(options.expected, encoding="utf-8") as file:
        expected = explain.parse(file.read())
    tally, api, prefix = Tally(), Api(options.base_url, options.tenant), options.prefix
    try:
        api.login(options.email, options.password)
        agencies = [x for x in api.pages("/api/v1/dcas/") if str(at(x, "name")).startswith(prefix)]
        number = prefix.strip() + "-" if prefix else ""
        cases = [x for x in api.pages("/api/v1/cases/") if str(at(x, CASE_NUMBER)).startswith(number)]
        compare_cases(tally, cases, expected)
        compare_agencies(tally, api, agencies, expected["agencies"])
    except Unreadable as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    print(f"compare: {tally.equal} figures equal, {tally.differ} differ")
    return 1 if tally.differ else 0


if __name__ == "__main__":
    sys.exit(main())
