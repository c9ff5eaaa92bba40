"""What schemathesis must know of Docket that no OpenAPI document says: how to sign in, again and again."""
import json, os, urllib.request

import schemathesis


@schemathesis.auth(refresh_interval=300)
class SignedIn:
    """A token lasts 15 minutes; a new one is fetched every five."""

    def get(self, case, context):
        body = {"email": "admin@docket.local", "password": os.environ["DOCKET_PASSWORD"]}
        url = os.environ["DOCKET_URL"] + "/api/v1/auth/token"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request))["access_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
