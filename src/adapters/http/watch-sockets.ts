import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../runtime/clock.port.ts'

/** The open connections of a server. */
export interface OpenSockets {
  /** Resolves when no connection is open, or nothing was answered for as long as the limits say. */
  untilGone(waiting: Waiting): Promise<void>
}

interface Waiting {
  readonly clock: Clock
  readonly limits: { readonly drainIdleMs: number }
  readonly inFlight: ReadonlySet<unknown>
}

/** Watches which connections a server has, however they came to it. */
export function watchSockets(server: Server): OpenSockets {
  const open = new Set<Socket>()
  let wake = (): void => undefined
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => {
      open.delete(socket)
      wake()
    })
  })
  return {
    async untilGone({ clock, limits, inFlight }) {
      while (open.size > 0) {
        const before = open.size
        const changed = Promise.withResolvers<boolean>()
        wake = () => changed.resolve(true)
        const cancel = clock.after(limits.drainIdleMs, () => changed.resolve(false))
        const hasChanged = await changed.promise
        cancel()
        if (!hasChanged && open.size === before && inFlight.size === 0) return
      }
    },
  }
}
