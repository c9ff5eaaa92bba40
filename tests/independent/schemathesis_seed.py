#!/usr/bin/env python3
"""Gives a fresh Docket something to be asked about: a site, people, another company, agencies, and debt cases."""
import json, os, urllib.request

url, token = os.environ["DOCKET_URL"], None


def ask(path, body=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url + path, body and json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))


admin = {"email": "admin@docket.local", "password": os.environ["DOCKET_PASSWORD"]}
token = ask("/api/v1/auth/token", admin)["access_token"]
examples = {dish["name"]: dish["example"] for dish in ask("/api/commands")["data"]}


def do(command, **changes):
    return ask("/api/commands", {"command": command, "data": examples[command] | changes})["data"]["id"]


# Who asks the questions: nobody whose name or password stands in the document.
ask("/api/users", {"email": "examiner@example.com", "firstName": "Exa", "role": "super_admin", "password": admin["password"]})
do("AddLocation")
ask("/api/users", {"email": "first@example.com", "firstName": "First", "roles": ["supervisor"]})
ask("/api/users", {"email": "second@example.com", "firstName": "Second", "roles": ["case_worker"]})
ask("/api/companies", examples["RegisterCompany"])
agencies = [do("RegisterAgency", name=f"Swift {n}", maxCapacity=1000) for n in range(3)]
for n in range(12):
    case = do("OpenCase", overdueAmount=100 * (n + 1), priority=f"P{n % 3 + 1}")
    if n % 2:
        ask(f"/api/v1/cases/{case}/assign", {"dca_id": agencies[n % 3]})
print(f"{len(agencies)} agencies and 12 cases are there")
