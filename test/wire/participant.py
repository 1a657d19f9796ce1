"""Runs the service `postage` as a process of a system: it answers what others ask, and follows their logs over HTTP.

    participant.py --data FILE --follow order=http://127.0.0.1:1234 [--again]

DURE_PEER_SECRET holds the secret between the processes. `--again` reads the logs of others from their start once more, as
somebody does whose connection broke before he noted how far he was.
"""

import argparse
import hmac
import json
import os
import threading
import time
import traceback
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from postage import decide, why_not
from wire_log import Log

SERVICE = "postage"
PATH = "/dure/v1/"
BYTES_MAX = 64 * 1024 * 1024
WAIT_MS_MAX = 25_000
PAGE_MAX = 256
RETRY_S = 0.05
RETRY_S_MAX = 2
WANTED = {"order.Placed"}


def page_of(log, request):
    """What comes after a position of the own log: waits for it."""
    is_known = request["incarnation"] == log.incarnation
    after = request["after"] if is_known else 0
    end = time.monotonic() + min(request["waitMs"], WAIT_MS_MAX) / 1000
    with log.grown:
        while is_known and log.head() <= after and time.monotonic() < end:
            log.grown.wait(end - time.monotonic())
        entries = log.after(after, PAGE_MAX)
    through = entries[-1][0] if entries else after
    unwanted = [list(kind) for kind in request["without"]]
    wanted = [entry for entry in entries if kind_of(entry) not in unwanted]
    first = {
        "incarnation": log.incarnation,
        "after": after,
        "through": through,
        "messages": [[position, *kind_of((position, *rest))] for position, *rest in wanted],
    }
    return "\n".join([json.dumps(first), *(body for *_, body in wanted)])


def kind_of(entry):
    _position, name, receiver, _body = entry
    return [name] if receiver is None else [name, receiver]


class Door(BaseHTTPRequestHandler):
    """Where other processes ask. What is no question of a participant is answered with 404."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def do_POST(self):
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.secret}".encode()):
            return self.refuse(401)
        answer = self.server.answers.get(self.path.removeprefix(PATH))
        if answer is None or not self.path.startswith(PATH):
            return self.refuse(404)
        length = int(self.headers.get("Content-Length", 0))
        if length > BYTES_MAX:
            return self.refuse(413)
        facts = json.loads(self.rfile.read(length))
        name = service_in(facts)
        is_ours = name == SERVICE
        self.respond(answer(facts) if is_ours else error_text("CALL_UNREACHABLE", f"{name} is not here."))

    def respond(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_):
        pass


def error_text(code, message):
    return json.dumps({"error": {"code": code, "message": message, "details": {}}})


def executed(log, facts):
    """The answer to a command that somebody asks for directly."""
    command, call = facts["command"], facts["call"]
    code = why_not(command["type"], command["data"])
    if code is not None:
        return error_text(code, f"{command['type']} cannot be carried out as it was given.")
    passed_on = {"correlationid": "correlation", "traceparent": "trace", "actor": "actor", "tenant": "tenant"}
    message = {"kind": "command", "id": call["id"], "type": command["type"], "data": command["data"]}
    message.update({name: call[given] for name, given in passed_on.items() if given in call})
    answer = log.execute(message, decide)
    if answer is None:
        return error_text("COMMAND_ID_REUSED", f"{call['id']} was used for another command.")
    return answer_text(answer)


def service_in(facts):
    """Every question names the service that it is for, or a topic of it."""
    if "topic" in facts:
        return facts["topic"].rpartition("/")[0]
    return facts.get("service") or facts.get("command", {}).get("service")


def answer_text(answer):
    return json.dumps({"answer": answer})


def open_door(log, secret, feeds):
    """Opens the door at any free port."""
    answers = {
        "log": lambda _: answer_text({"service": SERVICE, "incarnation": log.incarnation, "partitions": 1}),
        "heads": lambda _: answer_text([log.head()]),
        "execute": lambda facts: executed(log, facts),
    }
    if feeds:
        answers["feed"] = lambda request: page_of(log, request)
    door = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    door.daemon_threads = True
    door.secret = secret
    door.answers = answers
    return door


class Peer:
    """A process of another service."""

    def __init__(self, address, secret):
        self.place = urlsplit(address)
        self.secret = secret

    def ask(self, question, facts, timeout_ms=10_000):
        """Asks, and gives the text of the answer."""
        connection = HTTPConnection(self.place.hostname, self.place.port, timeout=timeout_ms / 1000)
        try:
            headers = {"Authorization": f"Bearer {self.secret}", "Dure-Timeout": str(timeout_ms)}
            connection.request("POST", PATH + question, json.dumps(facts), headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status != 200 or text.startswith('{"error":'):
            raise ConnectionError(f"{question}: {response.status} {text[:200]}")
        return text

    def log_of(self, service):
        return json.loads(self.ask("log", {"service": service}))["answer"]


def until_done(work):
    """Does some work again until it succeeds: others come and go."""
    delay = RETRY_S
    while True:
        try:
            return work()
        except (OSError, HTTPException):
            time.sleep(delay)
            delay = min(delay * 2, RETRY_S_MAX)


class Feed:
    """Follows one partition of the log of another service."""

    def __init__(self, log, peer, topic, incarnation):
        self.log = log
        self.peer = peer
        self.topic = topic
        self.incarnation = incarnation
        self.unwanted = []

    def follow(self, is_again):
        after = 0 if is_again else self.log.cursor(self.topic, self.incarnation)
        while True:
            after = until_done(lambda: self.pull(after))

    def pull(self, after):
        request = {
            "topic": self.topic,
            "incarnation": self.incarnation,
            "after": after,
            "without": self.unwanted,
            "waitMs": WAIT_MS_MAX,
            "isBehind": False,
        }
        text = self.peer.ask("feed", request, WAIT_MS_MAX + 5_000)
        # Not by splitlines: a text in JSON may hold other characters that end lines.
        first, *bodies = text.split("\n")
        page = json.loads(first)
        for _position, *kind in page["messages"]:
            if kind[0] not in WANTED and kind[1:] != [SERVICE] and kind not in self.unwanted:
                self.unwanted.append(kind)
        # Another log has begun in the place of the one that was followed: the page is its first.
        self.incarnation = page["incarnation"]
        place = (self.topic, self.incarnation)
        self.log.take(place, page["through"], [json.loads(body) for body in bodies], decide)
        return page["through"]


def start(work, *arguments):
    """Works beside the rest. What it does not expect ends the process: it is better seen than hidden."""

    def run():
        try:
            work(*arguments)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    threading.Thread(target=run, daemon=True).start()


def arguments():
    """What every participant is told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="file of the log")
    parser.add_argument("--follow", required=True, help="service=address")
    return parser


def serve(log, feeds):
    """Answers what others ask, for ever."""
    door = open_door(log, os.environ["DURE_PEER_SECRET"], feeds)
    print(f"listening on http://127.0.0.1:{door.server_address[1]}", flush=True)
    door.serve_forever()


def peer_in(given):
    """The service that is followed, and where it is."""
    service, _, address = given.follow.partition("=")
    return service, Peer(address, os.environ["DURE_PEER_SECRET"])


def follow_feeds(log, peer, service, is_again):
    found = until_done(lambda: peer.log_of(service))
    for partition in range(found["partitions"]):
        feed = Feed(log, peer, f"{service}/{partition}", found["incarnation"])
        start(feed.follow, is_again)


def main():
    parser = arguments()
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    service, peer = peer_in(given)
    log = Log(SERVICE, given.data)
    start(follow_feeds, log, peer, service, given.again)
    serve(log, feeds=True)


if __name__ == "__main__":
    main()
