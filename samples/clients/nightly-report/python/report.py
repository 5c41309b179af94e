#!/usr/bin/env python3
"""Counts the work orders per status and names the oldest that are still open."""

import os
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, OAuth2Error
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session
from urllib3.util import Retry

SPARE_SECONDS = 30  # a token must not end while a request is under way
PAGE = 100
STATUS = {1: "in process", 2: "in review", 3: "completed", 4: "cancelled"}
OPEN = (1, 2)


class Failure(Exception):
    """What the person who runs this can do something about; its message is all they see."""


def setting(name):
    if not os.environ.get(name):
        raise Failure(f"{name} is not set.")
    return os.environ[name]


class Connection:
    def __init__(self, issuer, key, secret):
        # Without TLS everybody on the way reads the secret: on this machine only.
        if urlsplit(issuer).hostname in ("localhost", "127.0.0.1", "::1"):
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

        self.basic = HTTPBasicAuth(key, secret)
        self.session = OAuth2Session(client=BackendApplicationClient(client_id=key))
        # 429 means "later", and Retry-After says when; urllib3 waits by itself. A POST for a token may be sent again.
        patient = Retry(total=5, connect=0, read=0, status_forcelist=[429], allowed_methods=None, raise_on_status=False)
        self.session.mount("http://", HTTPAdapter(max_retries=patient))
        self.session.mount("https://", HTTPAdapter(max_retries=patient))
        metadata = self.session.get(issuer + "/.well-known/oauth-authorization-server", withhold_token=True, timeout=30)
        if not metadata.ok:
            raise Failure(f"{issuer} has no metadata; check API_CONNECTIONS_ISSUER.")
        self.token_endpoint = metadata.json()["token_endpoint"]

    def get(self, url, params):
        if self.session.token.get("expires_at", 0) - SPARE_SECONDS < time.time():
            self.new_token()
        answer = self.session.get(url, params=params, timeout=30)
        if answer.status_code == 401 and 'error="invalid_token"' in answer.headers.get("WWW-Authenticate", ""):
            self.new_token()  # revoked, or the signing keys changed: a new token may be fine
            answer = self.session.get(url, params=params, timeout=30)
        if answer.status_code == 403 and 'error="insufficient_scope"' in answer.headers.get("WWW-Authenticate", ""):
            raise Failure("The consumer may not read work orders (insufficient_scope): its permission group needs tasks:view.")
        if not answer.ok:
            raise Failure(f"{urlsplit(url).path} answers {answer.status_code}.")
        return answer.json()

    def new_token(self):
        try:
            self.session.fetch_token(self.token_endpoint, auth=self.basic, timeout=30)
        except InvalidClientError:
            raise Failure(
                "API Connections refuses the key and secret (invalid_client): "
                "check API_CONNECTIONS_KEY and API_CONNECTIONS_SECRET, and that the consumer is enabled."
            ) from None
        except OAuth2Error as refusal:
            raise Failure(f"API Connections gives no token ({refusal.error}).") from None


def work_orders(connection, api):
    orders = []
    while True:
        page = connection.get(f"{api}/work_orders", {"start": len(orders), "limit": PAGE})
        orders += page["data"]
        if not page["data"] or len(orders) >= page["total"]:
            return orders


def report(orders):
    counts = Counter(order["ot_status"] for order in orders)
    open_orders = [order for order in orders if order["ot_status"] in OPEN]
    print(f"{len(orders)} work orders, {len(open_orders)} of them open:")
    for status, name in STATUS.items():
        print(f"{counts[status]:6} {name}")
    print("\nThe oldest that are open:")
    for order in sorted(open_orders, key=lambda order: order["creation_date"])[:5]:
        print(f"{order['folio']}  {order['creation_date'][:10]}  {STATUS[order['ot_status']]:10}  {order['description']}")


def main():
    api = setting("MAINTENANCE_API")
    try:
        connection = Connection(setting("API_CONNECTIONS_ISSUER"), setting("API_CONNECTIONS_KEY"), setting("API_CONNECTIONS_SECRET"))
        report(work_orders(connection, api))
    except requests.RequestException as unreachable:
        address = urlsplit(unreachable.request.url) if unreachable.request is not None else urlsplit(api)
        raise Failure(f"{address.scheme}://{address.netloc} cannot be reached.") from None


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(str(failure))
