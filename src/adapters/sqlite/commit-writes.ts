import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { assertThat } from '../../language/errors.ts'
import type { Commit, DocumentWrite, NewEntry } from '../../log/store.port.ts'
import type { StreamHead } from './commit-checks.ts'
import { numberOfKind } from './rows.ts'
import { milestoneEvery, placesPerPartition } from './schema.ts'

/** Writes what a commit changes. Everything was compared before: none of it can conflict. */
export interface CommitWrites {
  /** Keeps the command id; `false` when it is known already, and nothing was written. */
  keepCommand(commit: Commit): boolean
  /** Appends the entries and gives their positions; counts the last positions of the partitions on. */
  append(commit: Commit, heads: readonly StreamHead[], lastPositions: number[]): readonly number[]
  moveStreams(heads: readonly StreamHead[]): void
  /** Documents, cursors, timers and parked messages. */
  others(commit: Commit): void
}

const noPositions: readonly number[] = []

/** Prepares the writes of commits. */
export function prepareWrites(connection: DatabaseSync): CommitWrites {
  const insertCommand = connection.prepare(
    'INSERT INTO commands (id, fingerprint, result) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const appendEntry = prepareAppend(connection)
  const moveStream = prepareMoveStream(connection)
  const writeDocuments = prepareDocuments(connection)
  const writeAgenda = prepareAgenda(connection)

  return {
    keepCommand: ({ id, fingerprint = '', result = 'null' }) =>
      id === undefined || insertCommand.run(id, fingerprint, result).changes === 1,
    append({ entries }, heads, lastPositions) {
      if (entries === undefined) return noPositions
      return entries.map((entry) => {
        const position = (lastPositions[entry.partition] ?? 0) + 1
        lastPositions[entry.partition] = position
        appendEntry(entry, position, heads)
        return position
      })
    },
    moveStreams(heads) {
      for (const head of heads) if (head.write.next !== head.write.expected) moveStream(head)
    },
    others(commit) {
      if (commit.documents || commit.clearViews) writeDocuments(commit)
      writeAgenda(commit)
    },
  }
}

type AppendEntry = (entry: NewEntry, position: number, heads: readonly StreamHead[]) => void

function prepareAppend(connection: DatabaseSync): AppendEntry {
  const insertEntry = connection.prepare(
    'INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const insertMilestone = connection.prepare('INSERT INTO milestones VALUES (?, ?, ?)')

  const moveHead = (head: StreamHead, version: number, place: number): void => {
    head.place = place
    if (version % milestoneEvery === 0) insertMilestone.run(head.write.stream, version, place)
  }

  return (entry, position, heads) => {
    const place = entry.partition * placesPerPartition + position
    const head = entry.stream === undefined ? undefined : headOf(entry.stream, heads)
    insertEntry.run(
      place,
      head === undefined ? null : head.place,
      numberOfKind[entry.kind],
      entry.type,
      entry.schemaVersion,
      entry.stream ?? null,
      entry.streamVersion ?? null,
      entry.key,
      entry.to ?? null,
      entry.data,
      entry.meta,
      entry.atMs,
    )
    if (head !== undefined) moveHead(head, entry.streamVersion ?? 0, place)
  }
}

function headOf(stream: string, heads: readonly StreamHead[]): StreamHead {
  const head = heads.find(({ write }) => write.stream === stream)
  assertThat(head !== undefined, 'A commit has an event of a stream that it does not write.')
  return head
}

function prepareMoveStream(connection: DatabaseSync): (head: StreamHead) => void {
  const insert = connection.prepare('INSERT INTO streams (version, place, stream) VALUES (?, ?, ?)')
  const update = connection.prepare('UPDATE streams SET version = ?, place = ? WHERE stream = ?')
  const keepState = connection.prepare(
    'INSERT OR REPLACE INTO states (stream, state_at, state_version, state) VALUES (?, ?, ?, ?)',
  )

  return ({ write, place }) => {
    const { stream, expected, next, state, stateVersion = null } = write
    const move = expected === 0 ? insert : update
    move.run(next, place, stream)
    if (state !== undefined) keepState.run(stream, next, stateVersion, state)
  }
}

function prepareDocuments(connection: DatabaseSync): (commit: Commit) => void {
  const clear = connection.prepare('DELETE FROM documents WHERE view = ?')
  const clearIndex = connection.prepare('DELETE FROM document_index WHERE view = ?')
  const insert = connection.prepare(
    'INSERT INTO documents (version, value, view, key) VALUES (?, ?, ?, ?)',
  )
  const update = connection.prepare(
    'UPDATE documents SET version = ?, value = ? WHERE view = ? AND key = ?',
  )
  const remove = connection.prepare('DELETE FROM documents WHERE view = ? AND key = ?')
  const addRow = connection.prepare(
    'INSERT INTO document_index VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const removeRow = connection.prepare(
    'DELETE FROM document_index WHERE view = ? AND name = ? AND value = ? AND key = ?',
  )
  const writeRows = ({ view, key, index = [], unindex = [] }: DocumentWrite): void => {
    for (const [name, value] of unindex) removeRow.run(view, name, value, key)
    for (const [name, value] of index) addRow.run(view, name, value, key)
  }

  return ({ clearViews = [], documents = [] }) => {
    for (const view of clearViews) {
      clear.run(view)
      clearIndex.run(view)
    }
    for (const document of documents) {
      const { view, key, expected, first = 1, value } = document
      if (value === undefined) remove.run(view, key)
      else if (expected === 0) insert.run(first, value, view, key)
      else update.run(expected + 1, value, view, key)
      writeRows(document)
    }
  }
}

function prepareAgenda(connection: DatabaseSync): (commit: Commit) => void {
  const moveCursor = connection.prepare('INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?)')
  const setTimer = connection.prepare('INSERT OR REPLACE INTO timers VALUES (?, ?, ?)')
  const removeTimer = connection.prepare('DELETE FROM timers WHERE id = ?')
  const park = connection.prepare(
    'INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const unpark = connection.prepare('DELETE FROM parked WHERE id = ?')

  const writeTimers = ({ fireTimers, cancelTimers, setTimers }: Commit): void => {
    removeAll(removeTimer, fireTimers)
    removeAll(removeTimer, cancelTimers)
    if (setTimers) for (const { id, atMs, data } of setTimers) setTimer.run(id, atMs, data)
  }

  return (commit) => {
    if (commit.cursors) {
      for (const { consumer, source, partition, incarnation, position } of commit.cursors) {
        moveCursor.run(consumer, source, partition, incarnation, position)
      }
    }
    writeTimers(commit)
    removeAll(unpark, commit.unpark)
    if (commit.park === undefined) return
    for (const message of commit.park) {
      park.run(
        message.id,
        message.consumer,
        message.source,
        message.partition,
        message.position,
        message.key,
        message.envelope,
        message.code,
        message.reason,
        message.attempts,
        message.atMs,
      )
    }
  }
}

function removeAll(statement: StatementSync, ids: readonly string[] | undefined): void {
  if (ids) for (const id of ids) statement.run(id)
}
