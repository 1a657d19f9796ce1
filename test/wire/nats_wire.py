"""The protocol of NATS over a socket, and the part of JetStream's API that a participant needs."""

import base64
import itertools
import json
import queue
import socket
import threading
import time
import uuid

SILENCE_S = 30
REQUEST_S = 30
READY_S = 0.02
STREAM_NOT_FOUND = 10059
NAME_IN_USE = 10058
NO_MESSAGE = 10037
# How a time begins that was not set yet: server 2.9 lists a stream before it can be read.
UNMADE = "0001-"


class Message:
    """What came to a subscription: with a status and without data where the server itself says something."""

    def __init__(self, reply, headers, data):
        first, *lines = headers.decode().split("\r\n") if headers else ("",)
        self.reply = reply
        self.status = first.removeprefix("NATS/1.0").strip()[:3]
        self.headers = dict(
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines if line)
        )
        self.data = data


class Connection:
    """One connection. Every failure is an OSError: whoever works with it begins anew with another one."""

    def __init__(self, host, port):
        self._socket = socket.create_connection((host, port), timeout=SILENCE_S)
        self._file = self._socket.makefile("rb")
        self._sending = threading.Lock()
        self._numbers = itertools.count(1)
        self._queues = {}
        self._is_lost = False
        self._file.readline()
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "lang": "python"}
        self._send(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
        threading.Thread(target=self._read, daemon=True).start()

    def subscribe(self, subject, into=None):
        """Gives the queue that messages of a subject come into; None in it says that the connection is lost."""
        number = str(next(self._numbers))
        self._queues[number] = into or queue.Queue()
        self._send(f"SUB {subject} {number}\r\n".encode())
        if self._is_lost:
            self._queues[number].put(None)
        return self._queues[number]

    def publish(self, subject, data, reply="", headers=None):
        if not headers:
            return self._send(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + b"\r\n")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"NATS/1.0\r\n{lines}\r\n".encode()
        line = f"HPUB {subject} {reply} {len(head)} {len(head) + len(data)}\r\n"
        return self._send(line.encode() + head + data + b"\r\n")

    def request(self, subject, data, headers=None):
        """Publishes, and waits for the answer."""
        number = str(next(self._numbers))
        inbox = f"_INBOX.{uuid.uuid4().hex}"
        answers = self._queues[number] = queue.Queue()
        self._send(f"SUB {inbox} {number}\r\nUNSUB {number} 1\r\n".encode())
        self.publish(subject, data, inbox, headers)
        answer = receive(answers, REQUEST_S)
        del self._queues[number]
        if answer.status:
            raise ConnectionError(f"{subject}: {answer.status}")
        return json.loads(answer.data)

    def close(self):
        self._socket.close()

    def _send(self, data):
        with self._sending:
            self._socket.sendall(data)

    def _read(self):
        try:
            while line := self._file.readline():
                self._take(line.decode().split())
        except (OSError, ValueError):
            pass
        self._is_lost = True
        for each in list(self._queues.values()):
            each.put(None)

    def _take(self, words):
        name = words[0].upper() if words else ""
        if name == "PING":
            self._send(b"PONG\r\n")
        if name not in ("MSG", "HMSG"):
            return
        is_with_headers = name == "HMSG"
        total = int(words[-1])
        head = int(words[-2]) if is_with_headers else 0
        has_reply = len(words) == (6 if is_with_headers else 5)
        content = self._file.read(total + 2)[:total]
        into = self._queues.get(words[2])
        if into is not None:
            into.put(Message(words[3] if has_reply else "", content[:head], content[head:]))


def receive(messages, timeout_s):
    """The next message. Raises an OSError when none comes in time, or the connection is lost."""
    try:
        message = messages.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError("NATS did not answer") from None
    if message is None:
        raise ConnectionError("the connection to NATS is lost")
    return message


class JetStream:
    """Streams, by requests in JSON."""

    def __init__(self, connection):
        self.connection = connection

    def provide(self, name, subjects):
        """Finds a stream, or makes it: whoever comes first does."""
        while not self.find(name):
            config = {
                "name": name,
                "subjects": [subjects],
                "retention": "limits",
                "discard": "old",
                "storage": "file",
                "max_bytes": 1_073_741_824,
                "num_replicas": 1,
            }
            made = self._ask(f"STREAM.CREATE.{name}", config, but=NAME_IN_USE)
            if made is not None:
                return

    def find(self, name):
        """Whether a stream is there, and can be read."""
        while True:
            found = self._ask(f"STREAM.INFO.{name}", {}, but=STREAM_NOT_FOUND)
            if found is None or not found["created"].startswith(UNMADE):
                return found is not None
            time.sleep(READY_S)

    def last_headers(self, name, subjects):
        """The headers of the last message of a stream; none when it is empty."""
        found = self._ask(f"STREAM.MSG.GET.{name}", {"last_by_subj": subjects}, but=NO_MESSAGE)
        if found is None:
            return {}
        return Message("", base64.b64decode(found["message"].get("hdrs", "")), b"").headers

    def consumer(self, stream):
        """Makes a consumer of all messages that goes when nobody pulls from it; gives its name."""
        config = {
            "deliver_policy": "all",
            "ack_policy": "none",
            "replay_policy": "instant",
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": 60_000_000_000,
        }
        made = self._ask(f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": config})
        return made["name"]

    def pull(self, stream, consumer, inbox, batch):
        """Asks for the next messages: they come to the inbox, and then a status, or signs of life until they do."""
        facts = {"batch": batch, "expires": 20_000_000_000, "idle_heartbeat": 5_000_000_000}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self.connection.publish(subject, json.dumps(facts).encode(), inbox)

    def _ask(self, call, facts, but=None):
        answer = self.connection.request(f"$JS.API.{call}", json.dumps(facts).encode())
        error = answer.get("error")
        if error is None:
            return answer
        if error.get("err_code") == but:
            return None
        raise ConnectionError(f"{call}: {error}")
