import type { Commit, Store } from '../../src/log/store.port.ts'
import { DureError } from '../../src/language/errors.ts'

/** A command that adds one event to a new stream. */
export function placed(id: string, facts: Partial<Commit> = {}): Commit {
  return {
    id,
    fingerprint: id,
    result: JSON.stringify(id),
    streams: [{ stream: `order/${id}`, expected: 0, next: 1 }],
    entries: [
      {
        kind: 'event',
        type: 'order.Placed',
        schemaVersion: 1,
        stream: `order/${id}`,
        streamVersion: 1,
        key: id,
        partition: 0,
        data: JSON.stringify({ id }),
        meta: '{}',
        atMs: 1,
      },
    ],
    ...facts,
  }
}

/** The code that an attempt fails with; a text that is none when it succeeds. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'no error'
  } catch (error) {
    if (error instanceof DureError) return error.code
    throw error
  }
}

/** Tries again while the store cannot be reached or nobody knows the outcome; everything else is passed on. */
export async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const isPassing =
        error instanceof DureError &&
        ['STORE_UNAVAILABLE', 'LOG_COMMIT_UNKNOWN'].includes(error.code)
      if (!isPassing) throw error
      // The next turn of the event loop: the server has to be given a chance to come back.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** The ids of the commands in the log, in its order. Fails when a position misses. */
export async function idsInLog(store: Store): Promise<readonly string[]> {
  const ids: string[] = []
  for (;;) {
    const page = await store.read({ partition: 0, after: ids.length, limit: 1_000 })
    if (page.length === 0) return ids
    ids.push(...page.map(({ key }) => key))
  }
}
