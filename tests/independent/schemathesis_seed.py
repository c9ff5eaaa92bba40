#!/usr/bin/env python3
"""Gives a fresh Docket something to be asked about: a site, people, another company, agencies, and debt cases."""
import json, os, urllib.request

url, password = os.environ["DOCKET_URL"], os.environ["DOCKET_PASSWORD"]
token = None


def post(path, body):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))


token = post("/api/v1/auth/token", {"email": "admin@docket.local", "password": password})["access_token"]
menu = json.load(urllib.request.urlopen(urllib.request.Request(url + "/api/commands", headers={"Authorization": f"Bearer {token}"})))
example = {dish["name"]: dish["example"] for dish in menu["data"]}


def ask(command, **changes):
    return post("/api/commands", {"command": command, "data": example[command] | changes})


if __name__ == "__main__":
    for name in sorted(example):
        print(name, json.dumps(example[name]))
