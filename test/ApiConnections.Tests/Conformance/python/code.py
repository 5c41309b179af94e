#!/usr/bin/env python3
"""A stock client: discovery, authorization code with PKCE, one call. Prints the address to open, reads the address that the browser was sent back to."""

import json
import os
import sys

import requests
from oauthlib.oauth2 import WebApplicationClient
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback without TLS

issuer = os.environ["ISSUER"]
server = requests.get(issuer + "/.well-known/oauth-authorization-server", timeout=10).json()
assert server["issuer"] == issuer

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
        }
    )
)
