// Rules of the store port that are the same for every adapter: pure, so that each can lean on them.
import { assertThat, DureError } from '../language/errors.ts'
import { type Commit, type NewEntry, storeTextMax } from './store.port.ts'

/**
 * Checks what no store takes, before anything of the batch is applied.
 *
 * @throws `LOG_ENTRY_TOO_LARGE` when a text is longer than `storeTextMax`.
 * @throws `INTERNAL_DEFECT` when an entry is for a partition that the log does not have.
 */
export function assertBatch(batch: readonly Commit[], partitions: number): void {
  for (const commit of batch) {
    const { result, entries, streams, documents } = commit
    assertText('result', result)
    if (entries) for (const entry of entries) assertEntry(entry, partitions)
    if (streams) for (const { state } of streams) assertText('state', state)
    if (documents) for (const { value } of documents) assertText('document', value)
    assertAgenda(commit)
  }
}

function assertAgenda({ setTimers, park }: Commit): void {
  if (setTimers) for (const { data } of setTimers) assertText('timer', data)
  if (park) for (const { envelope } of park) assertText('parked message', envelope)
}

function assertEntry({ partition, data, meta }: NewEntry, partitions: number): void {
  assertText('entry', data)
  assertText('meta', meta)
  if (partition >= 0 && partition < partitions) return
  assertThat(false, `An entry is for partition ${partition}, but the log has ${partitions}.`)
}

function assertText(what: string, text: string | undefined): void {
  if (text === undefined || text.length <= storeTextMax) return
  throw new DureError(
    'LOG_ENTRY_TOO_LARGE',
    `A text (${what}) has ${text.length} characters; a store takes ${storeTextMax}. Keep the data elsewhere and store a reference to it.`,
    { details: { what, length: text.length, max: storeTextMax } },
  )
}

/** Remembers what the commits of one batch that were not applied would have written. */
export class UnappliedWrites {
  readonly #streams = new Set<string>()
  readonly #documents = new Map<string, Set<string>>()
  readonly #views = new Set<string>()

  add(commit: Commit): void {
    for (const { stream, expected, next } of commit.streams ?? []) {
      if (next > expected) this.#streams.add(stream)
    }
    for (const view of commit.clearViews ?? []) this.#views.add(view)
    for (const { view, key } of commit.documents ?? []) {
      const keys = this.#documents.get(view)
      if (keys) keys.add(key)
      else this.#documents.set(view, new Set([key]))
    }
  }

  hasStream(stream: string): boolean {
    return this.#streams.has(stream)
  }

  hasDocument(view: string, key: string): boolean {
    return this.#views.has(view) || this.#documents.get(view)?.has(key) === true
  }
}
