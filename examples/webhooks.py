# A receiver of webhooks that believes only what Offhook has signed. Start it with the account's auth-token (without one: its first API key):
#   OFFHOOK_TOKEN=… python3 examples/webhooks.py [PORT]
# and place a call with "status_callback": "http://127.0.0.1:9001/".
import hashlib
import hmac
import json
import os
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OLDEST_S = 300


def is_signed(header, body, token, now=None):
    """Whether header, the Offhook-Signature, is that of body (bytes, as it came) and not an old one sent again."""
    parts = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", header or "")
    if not parts or abs((time.time() if now is None else now) - int(parts[1])) > OLDEST_S:
        return False
    right = hmac.new(token.encode(), parts[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, parts[2])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        good = is_signed(self.headers.get("Offhook-Signature"), body, os.environ["OFFHOOK_TOKEN"])
        self.send_response(204 if good else 403)  # what is no 2xx is tried again
        self.end_headers()
        event = json.loads(body) if good else None
        if good:
            print(event["delivery"], event["type"], event.get("call", {}).get("status", ""), event.get("call_id") or event.get("conference_id"), flush=True)
        else:
            print("refused: not signed by Offhook", flush=True)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9001
    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    print(f"http://127.0.0.1:{port}/", flush=True)
    server.serve_forever()
