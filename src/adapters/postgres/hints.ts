// Hints of one process to others that it has committed. Nobody relies on them: they are late, come for several commits
// at once, and are lost while a connection is. One connection of a provider listens for all services of a database.
import type pg from 'pg'
import { openClient } from './connections.ts'

/** The channel of all hints; the payload says of which schema, and who has committed. */
const channel = 'dure'
/** Before a lost connection is made anew. */
const againMs = 1_000
/** Commits of so long a time are told of by one hint: each takes a lock of the whole server. */
const hintEveryMs = 50

/** Listens for the hints of one database, as long as somebody watches. */
export interface Hints {
  /** Calls back after somebody else than `self` may have committed to a schema. Gives what ends it. */
  watch(schema: string, watcher: { readonly self: string; readonly wake: () => void }): () => void
}

interface Watcher {
  readonly schema: string
  readonly self: string
  readonly wake: () => void
}

/** Creates hints over connections like this one. */
export function createHints(config: pg.ClientConfig): Hints {
  const watchers = new Set<Watcher>()
  let client: pg.Client | undefined
  let again: NodeJS.Timeout | undefined
  let isConnecting = false

  const wakeAll = (): void => {
    for (const { wake } of watchers) wake()
  }
  const tryAgain = (): void => {
    client = undefined
    if (watchers.size > 0) again ??= setTimeout(() => void connect(), againMs)
  }
  const connect = async (): Promise<void> => {
    again = undefined
    if (isConnecting || client || watchers.size === 0) return
    isConnecting = true
    try {
      client = await listen(config, {
        onHint: (payload) => {
          for (const each of watchers) if (isFor(each, payload)) each.wake()
        },
        onLost: tryAgain,
      })
      // What was committed before it listened.
      wakeAll()
    } catch {
      tryAgain()
    }
    isConnecting = false
    closeUnwatched()
  }
  const closeUnwatched = (): void => {
    if (watchers.size > 0 || isConnecting) return
    clearTimeout(again)
    again = undefined
    const closing = client
    client = undefined
    closing?.removeAllListeners('end')
    void closing?.end().catch(() => undefined)
  }

  return {
    watch(schema, { self, wake }) {
      const watcher = { schema, self, wake }
      watchers.add(watcher)
      void connect()
      return () => {
        if (watchers.delete(watcher)) closeUnwatched()
      }
    },
  }
}

function isFor({ schema, self }: Watcher, payload: string): boolean {
  const [from, ...rest] = payload.split(' ')
  return rest.join(' ') === schema && from !== self
}

async function listen(
  config: pg.ClientConfig,
  { onHint, onLost }: { onHint: (payload: string) => void; onLost: () => void },
): Promise<pg.Client> {
  const client = await openClient(config)
  client.on('notification', ({ payload = '' }) => onHint(payload))
  client.on('end', onLost)
  await client.query(`LISTEN ${channel}`)
  return client
}

/** Tells others of commits, now and then. */
export interface Hinting extends Disposable {
  /** Says that something was committed. */
  committed(): void
}

/** Creates what tells others: `notify` is called so often at most. */
export function createHinting(notify: () => Promise<unknown>): Hinting {
  let timer: NodeJS.Timeout | undefined
  return {
    committed() {
      timer ??= setTimeout(() => {
        timer = undefined
        // Others look by themselves, later.
        notify().catch(() => undefined)
      }, hintEveryMs)
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
    },
  }
}

/** The statement that hints: of whom, and of which schema. */
export const hintStatement = {
  name: 'hint',
  text: `SELECT pg_notify('${channel}', $1 || ' ' || $2)`,
}
