"""A service that keeps the rules of docs/reference/wire.md, in the standard library of Python alone: its log, and its inbox.

What a message leads to, the entries of the log and the step of the inbox's cursor, is one transaction of SQLite. So a
message takes effect once, however often it comes, and whenever the process ends.
"""

import json
import sqlite3
import threading
import uuid
from contextlib import contextmanager
from datetime import datetime, timezone

TABLES = """
CREATE TABLE IF NOT EXISTS identity (incarnation TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log (
  position INTEGER PRIMARY KEY, type TEXT NOT NULL, receiver TEXT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS streams (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS executed (
  id TEXT PRIMARY KEY, asked TEXT NOT NULL, outcome TEXT NOT NULL, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS cursors (
  topic TEXT, incarnation TEXT, position INTEGER NOT NULL, PRIMARY KEY (topic, incarnation));
"""

PASSED_ON = ("correlationid", "traceparent", "actor", "tenant")
SAGA_ADDRESS = ("saganame", "sagakey", "sagastep")


class Log:
    """The log of one service in one partition, and how far it has taken the logs of others."""

    def __init__(self, service, path):
        self.service = service
        self.grown = threading.Condition()
        self._watchers = []
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(TABLES)
        if self._one("SELECT incarnation FROM identity") is None:
            self._database.execute("INSERT INTO identity VALUES (?)", (str(uuid.uuid4()),))
        self.incarnation = self._one("SELECT incarnation FROM identity")

    def watch(self, call):
        """Calls back whenever the log may have grown. Gives what ends that."""
        with self.grown:
            self._watchers.append(call)
        return lambda: self._watchers.remove(call)

    def head(self):
        """The last position; 0 when nothing was written."""
        with self.grown:
            return self._head()

    def after(self, position, limit):
        """Entries that come after a position, in their order: position, type, receiver, body."""
        with self.grown:
            found = self._database.execute(
                "SELECT position, type, receiver, body FROM log WHERE position > ? ORDER BY position LIMIT ?",
                (position, limit),
            )
            return found.fetchall()

    def cursor(self, topic, incarnation):
        """The position up to which a log of another service was taken."""
        with self.grown:
            return self._cursor(topic, incarnation)

    def take(self, place, through, messages, decide):
        """Takes messages of another log, which has nothing else to take up to `through`: once each."""
        topic, incarnation = place
        with self._transaction():
            taken = self._cursor(topic, incarnation)
            for message in messages:
                if message["position"] > taken:
                    self._answer(message, decide)
            self._database.execute(
                "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position",
                (topic, incarnation, max(taken, through)),
            )

    def execute(self, command, decide):
        """Carries out what somebody asks for directly, once for its id; None when the id was used for something else."""
        asked = json.dumps([command["type"], command["data"]], sort_keys=True)
        with self._transaction():
            known = self._row("SELECT asked, outcome, position FROM executed WHERE id = ?", command["id"])
            if known is not None and known[0] != asked:
                return None
            outcome, position = known[1:] if known else self._execute(command, asked, decide)
        token = {f"{self.service}/0": position}
        return {**json.loads(outcome), "id": command["id"], "repeated": known is not None, "token": token}

    def _execute(self, command, asked, decide):
        events, outcome = decide(command, self._version)
        for name, stream, data in events:
            self._append_event(command, name, stream, data)
        given = (json.dumps(outcome), self._head())
        self._database.execute("INSERT INTO executed VALUES (?, ?, ?, ?)", (command["id"], asked, *given))
        return given

    @contextmanager
    def _transaction(self):
        with self.grown:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self.grown.notify_all()
            for call in list(self._watchers):
                call()

    def _answer(self, message, decide):
        is_for_us = message["kind"] != "event" and message.get("to") == self.service
        if message["kind"] != "event" and not is_for_us:
            return
        events, outcome = decide(message, self._version)
        for name, stream, data in events:
            self._append_event(message, name, stream, data)
        if outcome is not None and all(name in message for name in SAGA_ADDRESS):
            self._append_reply(message, outcome)

    def _append_event(self, cause, name, stream, data):
        version = self._version(stream) + 1
        self._database.execute(
            "INSERT INTO streams VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
            (stream, version),
        )
        self._append(cause, {
            "id": f"{stream}#{version}",
            "type": f"{self.service}.{name}",
            "subject": stream.split("/", 1)[1],
            "kind": "event",
            "dataversion": 1,
            "partitionkey": stream,
            "streamversion": version,
            "data": data,
        })

    def _append_reply(self, command, outcome):
        self._append(command, {
            "id": f"{command['id']}/reply",
            "type": command["type"],
            "subject": command["partitionkey"],
            "kind": "reply",
            "dataversion": 1,
            "partitionkey": command["partitionkey"],
            "to": command["source"].removeprefix("/"),
            **{name: command[name] for name in SAGA_ADDRESS},
            "data": outcome,
        })

    def _append(self, cause, message):
        position = self._head() + 1
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        envelope = {
            "specversion": "1.0",
            "source": f"/{self.service}",
            "time": now.replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "position": position,
            "causationid": cause["id"],
            **{name: cause[name] for name in PASSED_ON if name in cause},
            **message,
        }
        self._database.execute(
            "INSERT INTO log VALUES (?, ?, ?, ?)",
            (position, message["type"], message.get("to"), json.dumps(envelope)),
        )

    def _head(self):
        return self._one("SELECT max(position) FROM log") or 0

    def _version(self, stream):
        return self._one("SELECT version FROM streams WHERE name = ?", stream) or 0

    def _cursor(self, topic, incarnation):
        found = self._one(
            "SELECT position FROM cursors WHERE topic = ? AND incarnation = ?", topic, incarnation
        )
        return found or 0

    def _one(self, statement, *values):
        row = self._row(statement, *values)
        return None if row is None else row[0]

    def _row(self, statement, *values):
        return self._database.execute(statement, values).fetchone()
