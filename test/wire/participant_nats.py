"""Runs the service `postage` as a process of a system whose messages travel through NATS JetStream.

    participant_nats.py --data FILE --follow order=http://127.0.0.1:1234 --system parcels --nats 127.0.0.1:4222

It answers over HTTP what its log is and how far it has come. Its own log it publishes into its own stream; that of the
service that it follows it reads from the start of the stream each time, and takes each position once.
"""

import json
import queue
import time
import uuid

from nats_wire import Connection, JetStream, receive
from participant import RETRY_S, RETRY_S_MAX, SERVICE, arguments, peer_in, serve, start, until_done
from postage import decide
from wire_log import Log

BATCH = 64
PAGE = 256
SIGN_OF_LIFE_S = 15
VERIFY_S = 10
REWIND_S = 0.5
GROWN = object()


class Names:
    """What lies where on the server."""

    def __init__(self, system, topic):
        service, _, partition = topic.partition("/")
        self.stream = f"dure_{system}_{service}_{partition}"
        self.subject = f"dure.{system}.{service}.{partition}"
        self.subjects = f"{self.subject}.>"
        self.rewind = f"dure.{system}.rewind.{service}.{partition}"


def for_ever(server, work):
    """Works with a connection, and with another one when that is lost."""
    host, _, port = server.partition(":")
    delay = RETRY_S
    while True:
        try:
            connection = Connection(host, int(port))
            delay = RETRY_S
            try:
                work(connection)
            finally:
                connection.close()
        except OSError:
            time.sleep(delay)
            delay = min(delay * 2, RETRY_S_MAX)


class Publisher:
    """Publishes the own log, each entry when the one before it was acknowledged."""

    def __init__(self, log, names):
        self.log = log
        self.names = names

    def work(self, connection):
        names = self.names
        jet_stream = JetStream(connection)
        jet_stream.provide(names.stream, names.subjects)
        news = connection.subscribe(names.rewind)
        stop = self.log.watch(lambda: news.put(GROWN))
        try:
            position = self.last(jet_stream)
            while True:
                position = self.publish_after(connection, position)
                position = self.wait(news, jet_stream, position)
        finally:
            stop()

    def last(self, jet_stream):
        """How far the stream has come: that of a log that was begun anew has come nowhere."""
        headers = jet_stream.last_headers(self.names.stream, self.names.subjects)
        is_ours = headers.get("dure-incarnation") == self.log.incarnation
        return int(headers["dure-position"]) if is_ours else 0

    def publish_after(self, connection, position):
        while entries := self.log.after(position, PAGE):
            for position, name, receiver, body in entries:
                headers = {
                    "content-type": "application/cloudevents+json",
                    "dure-incarnation": self.log.incarnation,
                    "dure-position": position,
                    "dure-type": name,
                    **({} if receiver is None else {"dure-to": receiver}),
                }
                answer = connection.request(f"{self.names.subject}.{name}", body.encode(), headers)
                if "error" in answer:
                    raise ConnectionError(str(answer["error"]))
        return position

    def wait(self, news, jet_stream, position):
        """Waits for something to do, and gives the position behind which to go on."""
        try:
            message = news.get(timeout=VERIFY_S)
        except queue.Empty:
            # The server may have lost the end of what it had acknowledged: nobody who reads would notice.
            return min(position, self.last(jet_stream))
        if message is None:
            raise ConnectionError("the connection to NATS is lost")
        if message is GROWN:
            return position
        request = json.loads(message.data)
        is_ours = request["incarnation"] == self.log.incarnation
        return min(position, request["after"]) if is_ours else position


class Reader:
    """Reads the stream of another service, in which positions may stand twice, be missing, and be out of order."""

    def __init__(self, log, peer, topic, names):
        self.log = log
        self.peer = peer
        self.topic = topic
        self.names = names
        self.incarnation = ""
        self.strangers = set()
        self.farthest = 0
        self.asked_at = 0

    def work(self, connection):
        jet_stream = JetStream(connection)
        jet_stream.provide(self.names.stream, self.names.subjects)
        consumer = jet_stream.consumer(self.names.stream)
        inbox = f"_INBOX.{uuid.uuid4().hex}"
        messages = connection.subscribe(inbox)
        while True:
            jet_stream.pull(self.names.stream, consumer, inbox, BATCH)
            self.read_batch(connection, messages)

    def read_batch(self, connection, messages):
        left = BATCH
        while left > 0:
            message = receive(messages, SIGN_OF_LIFE_S)
            if message.status not in ("", "100", "404", "408"):
                raise ConnectionError(f"the stream cannot be read: {message.status}")
            if message.status == "":
                left -= 1
                self.take(message)
            self.ask_for_missing(connection)
            if message.status in ("404", "408"):
                return

    def take(self, message):
        if "dure-position" not in message.headers or not self.is_of_log(message.headers):
            return
        position = int(message.headers["dure-position"])
        self.farthest = max(self.farthest, position)
        place = (self.topic, self.incarnation)
        if position <= self.log.cursor(*place) + 1:
            self.log.take(place, position, [json.loads(message.data)], decide)

    def ask_for_missing(self, connection):
        """Asks whoever publishes the log for what comes after the cursor, while something behind that was seen."""
        after = self.log.cursor(self.topic, self.incarnation)
        if self.farthest <= after or time.monotonic() < self.asked_at + REWIND_S:
            return
        self.asked_at = time.monotonic()
        request = {"incarnation": self.incarnation, "after": after}
        connection.publish(self.names.rewind, json.dumps(request).encode())

    def is_of_log(self, headers):
        """Whether a message is of the log as it is now: one that was begun anew counts from 1 again."""
        given = headers["dure-incarnation"]
        if given != self.incarnation and given not in self.strangers:
            self.strangers.add(given)
            service = self.topic.partition("/")[0]
            self.incarnation = until_done(lambda: self.peer.log_of(service))["incarnation"]
            self.strangers.discard(self.incarnation)
            self.farthest = 0
        return given == self.incarnation


def follow_streams(log, peer, service, given):
    found = until_done(lambda: peer.log_of(service))
    for partition in range(found["partitions"]):
        topic = f"{service}/{partition}"
        reader = Reader(log, peer, topic, Names(given.system, topic))
        start(for_ever, given.nats, reader.work)


def main():
    parser = arguments()
    parser.add_argument("--system", required=True)
    parser.add_argument("--nats", required=True, help="host:port")
    given = parser.parse_args()
    service, peer = peer_in(given)
    log = Log(SERVICE, given.data)
    publisher = Publisher(log, Names(given.system, f"{SERVICE}/0"))
    start(for_ever, given.nats, publisher.work)
    start(follow_streams, log, peer, service, given)
    serve(log, feeds=False)


if __name__ == "__main__":
    main()
