#!/usr/bin/env python3
"""A protected API: checks access tokens with a stock JWT library (PyJWT) and follows the revocation feed.
ISSUER, AUDIENCE, API_KEY, API_SECRET and PORT come from the environment."""
import base64, json, os, random, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import jwt

ISSUER, AUDIENCE, PORT = os.environ["ISSUER"], os.environ["AUDIENCE"], int(os.environ["PORT"])
CREDENTIALS = ":".join(quote(os.environ[name], safe="") for name in ("API_KEY", "API_SECRET"))  # RFC 6749 s2.3.1
BASIC = "Basic " + base64.b64encode(CREDENTIALS.encode()).decode()
keys = jwt.PyJWKClient(ISSUER + "/.well-known/jwks.json")


class Feed:
    def __init__(self):
        self.revoked, self.last_id, self.is_ready, self.heard_at = {}, None, False, 0.0

    def follow(self):
        while True:
            try:
                self.listen()
            except (OSError, ValueError) as error:
                print("The revocation feed broke:", error, file=sys.stderr)
            time.sleep(random.uniform(0.2, 1))  # not all at once

    def listen(self):
        headers = {"Authorization": BASIC} | ({"Last-Event-ID": self.last_id} if self.last_id else {})
        # A heartbeat comes every second: silence is a broken connection.
        with urllib.request.urlopen(urllib.request.Request(ISSUER + "/oauth/revocations", headers=headers), timeout=3) as stream:
            event = {}
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                else:
                    self.hear(event["event"], event["id"], json.loads(event["data"]))
                    event = {}

    def hear(self, event, event_id, said):
        self.last_id, self.heard_at = event_id, time.monotonic()
        if event == "reset":
            self.revoked, self.is_ready = {}, False
        elif event == "revoked":
            self.revoked[said["kind"], said["subject"]] = (said.get("generation") or 0, int(event_id.split("-")[1]))
        elif event == "ready":
            self.is_ready = True
        elif event == "horizon":
            self.revoked = {what: entry for what, entry in self.revoked.items() if entry[1] > said["sequence"]}

    def is_current(self):
        return self.is_ready and time.monotonic() - self.heard_at < 5

    def has_revoked(self, claims, kid):
        revoked, gen = self.revoked, claims["gen"]
        dead = [("key", kid), ("token", claims["jti"]), ("authorization", claims["authorization_id"]), ("family", claims.get("family_id"))]
        subjects = zip(("company", "consumer", "user"), (claims["company"], claims["client_id"], claims["sub"]), gen)
        return any(what in revoked for what in dead) or any(generation < revoked.get((kind, subject), (0,))[0] for kind, subject, generation in subjects)


feed = Feed()


def check(authorization, scope):
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return 401, "Bearer"
    if not feed.is_current():
        return 503, None  # not 401: a client throws its token away for that
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, keys.get_signing_key_from_jwt(token).key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER, leeway=10)
        good = header.get("typ") == "at+jwt" and not feed.has_revoked(claims, header["kid"])
    except (jwt.PyJWTError, KeyError, ValueError):
        good = False
    if not good:
        return 401, 'Bearer error="invalid_token"'
    return (200, None) if scope in claims["scope"].split() else (403, f'Bearer error="insufficient_scope", scope="{scope}"')


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        status, challenge = check(self.headers["Authorization"], "tasks:view")
        body = json.dumps({"work_orders": ["Replace filter"]} if status == 200 else {"status": status}).encode()
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        if status == 503:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


threading.Thread(target=feed.follow, daemon=True).start()
print(f"The API listens on http://127.0.0.1:{PORT}", flush=True)
ThreadingHTTPServer(("127.0.0.1", PORT), Api).serve_forever()
