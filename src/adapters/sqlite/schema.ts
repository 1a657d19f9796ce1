// The physical layout of a service's log, in one file. The reasons and the numbers are in decision 0004.
//
//   log         one row per entry; `place` is partition * 2^40 + position, so appending is appending to a table.
//               `previous` is the place of the event before it in its stream: a stream is read by walking back.
//   streams     the head of each stream: its version and the place of its newest event.
//   states      the newest snapshot of a stream, apart from its head: most commits move only the head.
//   milestones  the place of every 256th event of a stream: where a walk into a long stream may begin.
//   commands    what every command id came to, for ever.

/** "Dure" in ASCII: tells that a SQLite file is one of ours. */
export const applicationId = 0x44757265

/** The layout that this code reads and writes. A file with a higher one is from a newer Dure. */
export const layoutVersion = 1

/** Every so many events a stream has a milestone. */
export const milestoneEvery = 256

/** Places of one partition; two numbers in one that JavaScript counts exactly up to 8,192 partitions. */
export const placesPerPartition = 2 ** 40

/** The most partitions that places can tell apart. */
export const partitionsMax = 2 ** 53 / placesPerPartition

export const schemaSql = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE log (
    place INTEGER PRIMARY KEY,
    previous INTEGER,
    kind INTEGER NOT NULL,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    stream TEXT,
    stream_version INTEGER,
    key TEXT NOT NULL,
    recipient TEXT,
    data TEXT NOT NULL,
    meta TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE streams (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    place INTEGER
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE states (
    stream TEXT PRIMARY KEY,
    state_at INTEGER NOT NULL,
    state_version INTEGER,
    state TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE milestones (
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (stream, version)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    result TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE documents (
    view TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (view, key)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE document_index (
    view TEXT NOT NULL,
    name TEXT NOT NULL,
    value ANY NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (view, name, value, key)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE cursors (
    consumer TEXT NOT NULL,
    source TEXT NOT NULL,
    partition INTEGER NOT NULL,
    incarnation TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (consumer, source, partition)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE timers (
    id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    data TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX timers_by_time ON timers (at_ms, id);
  CREATE TABLE parked (
    id TEXT PRIMARY KEY,
    consumer TEXT NOT NULL,
    source TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL,
    key TEXT NOT NULL,
    envelope TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
`
