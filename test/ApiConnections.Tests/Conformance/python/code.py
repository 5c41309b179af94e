#!/usr/bin/env python3
"""A stock client: discovery, authorization code with PKCE, one call. Prints the address to open, reads the address that the browser was sent back to."""

import json
import os
import sys

import requests
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback without TLS

issuer = os.environ["ISSUER"]
server = requests.get(issuer + "/.well-known/oauth-authorization-server", timeout=10).json()
assert server["issuer"] == issuer

basic = (os.environ["KEY"], os.environ["SECRET"]) if os.environ.get("SECRET") else None


def credentials():
    """How a refresh says who asks: with the secret, or by name alone."""
    return {"auth": basic} if basic else {"client_id": os.environ["KEY"]}


client = WebApplicationClient(os.environ["KEY"])
verifier = client.create_code_verifier(64)
session = OAuth2Session(client=client, redirect_uri=os.environ["REDIRECT_URI"], scope=os.environ["SCOPE"].split())
address, state = session.authorization_url(
    server["authorization_endpoint"], code_challenge=client.create_code_challenge(verifier, "S256"), code_challenge_method="S256"
)
print(address, flush=True)

token = session.fetch_token(
    server["token_endpoint"],
    authorization_response=sys.stdin.readline().strip(),
    code_verifier=verifier,
    client_secret=os.environ.get("SECRET") or None,
    include_client_id=not os.environ.get("SECRET"),
)
# The refresh token gives new ones, and is then given back.
fresh = session.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"], **credentials())
body = {"token": fresh["refresh_token"], **({} if os.environ.get("SECRET") else {"client_id": os.environ["KEY"]})}
requests.post(server["revocation_endpoint"], data=body, auth=basic, timeout=10).raise_for_status()
try:
    session.refresh_token(server["token_endpoint"], refresh_token=fresh["refresh_token"], **credentials())
    after = "issued"
except OAuth2Error as error:
    after = error.error
looked = "no secret"
if basic:
    looked = requests.post(server["introspection_endpoint"], data={"token": fresh["access_token"]}, auth=basic, timeout=10).json()["active"]

api = os.environ.get("API")
answer = session.get(api + "/whoami", timeout=10).status_code if api else 0
print(
    json.dumps(
        {
            "scope": " ".join(token["scope"]),
            "refresh": "string" if isinstance(token.get("refresh_token"), str) else "undefined",
            "expires_in": token["expires_in"],
            "access_token": token["access_token"],
            "answer": answer,
            "rotated": fresh["refresh_token"] != token["refresh_token"],
            "fresh_scope": " ".join(fresh["scope"]),
            "after": after,
            "looked": looked,
        }
    )
)
