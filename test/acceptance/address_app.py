"""
A web app for tests of addresses, as the text of a program; it listens on the port that is its argument.
"""

from __future__ import annotations

from typing import Final

__all__ = ["PROGRAM"]

#: Answers with what is in its environment of addresses, and with its request's target, Host and cookies.
PROGRAM: Final = """
import http.server, json, os, sys
class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        names = ("ARVGATE_", "VSCODE_")
        body = json.dumps({
            "addresses": {name: value for name, value in os.environ.items() if name.startswith(names)},
            "target": self.path, "host": self.headers["Host"], "cookies": self.headers.get_all("Cookie"),
        }).encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "theme=dark; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
"""
