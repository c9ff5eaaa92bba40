"""What schemathesis must know of Docket that no OpenAPI document says: how to sign in, and what would end the session."""
import http.client, json, os, re, zlib
from urllib.parse import urlsplit

import schemathesis
from schemathesis.engine import observations

EXAMINER = {"email": "examiner@example.com", "password": os.environ["DOCKET_PASSWORD"]}


def ask(method, path, body=None, token=None):
    # From an address of its own: ten wrong passwords from one address close the door to it, and schemathesis tries more.
    there = http.client.HTTPConnection(urlsplit(os.environ["DOCKET_URL"]).netloc, source_address=("127.0.0.2", 0))
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    there.request(method, path, body and json.dumps(body), headers)
    return json.load(there.getresponse())


def token():
    return ask("POST", "/api/v1/auth/token", EXAMINER)["access_token"]


ME = ask("GET", "/api/v1/auth/me", token=token())

NUMBERS = {}
CIRCUMSTANCES = [
    ("Docket-Tenant", re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), ME["tenant_id"]),
    ("Docket-Min-Position", re.compile("[0-9]+"), "0"),
    ("If-Match", re.compile("""[*]|(W/)?("[0-9]+"|[0-9]+)"""), "*"),
]


@schemathesis.auth(refresh_interval=300)
class SignedIn:
    """A token lasts 15 minutes; a new one is fetched every five."""

    def get(self, case, context):
        return token()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def filter_case(context, case):
    """The examiner's own account and company stay open; anybody else's may be changed and closed."""
    if "x-schemathesis-unknown-property" in (case.headers or {}):
        # HTTP wants a header that nobody knows to be passed over (RFC 9110, 5.1), not refused.
        return False
    if case.path == "/api/commands" and "isActive" in (said := repr(case.body)):
        return "UpdateCompany" not in said
    return case.method == "GET" or not {ME["id"], ME["tenant_id"]} & set(map(str, (case.path_parameters or {}).values()))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Seven of eight readable circumstances come true: with random ones nothing would be answered but 404 and 412."""
    for name, form, true in CIRCUMSTANCES:
        said = (case.headers or {}).get(name)
        if said is not None and form.fullmatch(str(said)) and zlib.crc32(repr((name, said, case.body)).encode()) % 8:
            case.headers[name] = true
    # Schemathesis takes the `case_id` of an answer, which is a case's number, for the `id` in an address.
    if (named := (case.path_parameters or {}).get("id")) in NUMBERS:
        case.path_parameters["id"] = NUMBERS[named]


@schemathesis.hook
def after_call(context, case, response):
    if "case_id" in response.text:
        learn(response.json())


def learn(said):
    for part in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        learn(part)
    if isinstance(said, dict) and said.get("id") and isinstance(said.get("case_id"), str):
        NUMBERS[said["case_id"]] = said["id"]


# A link with a host in brackets that is no IPv6 address ends schemathesis 4.32 with an exception: it reads the addresses in
# answers to find out what to ask next. Here it passes over them.
def without_exception(read):
    def careful(*arguments, **named):
        try:
            return read(*arguments, **named)
        except ValueError:
            return None

    return careful


observations._same_origin_path = without_exception(observations._same_origin_path)
