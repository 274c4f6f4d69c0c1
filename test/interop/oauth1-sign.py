"""Signs requests with oauthlib: one JSON object a line on standard input, an Authorization header a line as the answer."""

import json
import sys

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client

METHODS = {"HMAC-SHA1": SIGNATURE_HMAC_SHA1, "HMAC-SHA256": SIGNATURE_HMAC_SHA256}

for line in sys.stdin:
    asked = json.loads(line)
    client = Client(asked["id"], client_secret=asked["secret"], signature_method=METHODS[asked["method"]])
    _, headers, _ = client.sign(asked["url"], http_method="GET")
    print(json.dumps(headers["Authorization"]))
