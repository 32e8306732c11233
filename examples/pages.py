"""What the examples in Python share: a server that answers requests of scripts with what a function for the path returns."""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape


def respond(*verbs):
    return '<?xml version="1.0" encoding="UTF-8"?>\n<Response>' + ''.join(verbs) + '</Response>'


def say(text):
    return '<Say>' + escape(text) + '</Say>'


def serve(pages):
    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
            page = pages.get(url.path)
            text = page(dict(parse_qsl(url.query) + parse_qsl(body))) if page else ''
            self.send_response(200 if page else 404)
            self.send_header('Content-Type', 'text/xml; charset=utf-8')
            self.send_header('Content-Length', str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = answer

    server = ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Handler)
    print(f'ready: http://127.0.0.1:{server.server_port}/', flush=True)
    server.serve_forever()
