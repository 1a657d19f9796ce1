// Processes that ask each other inside one process: for tests, and the model of every other way.
import type { AnswerPeer, PeerDoor, PeerQuestion, PeerTransport } from '../../calls/peer.port.ts'
import { DureError } from '../../language/errors.ts'
import type { Clock } from '../../runtime/clock.port.ts'

/** A network in memory. */
export interface MemoryPeers {
  serve(answer: AnswerPeer): Promise<PeerDoor>
  readonly transport: PeerTransport
}

/** Creates a network without anybody in it. */
export function memoryPeers(clock: Clock): MemoryPeers {
  const doors = new Map<string, MemoryDoor>()
  let count = 0
  return {
    async serve(answer) {
      count += 1
      const address = `memory:${count}`
      const door = new MemoryDoor(answer, address, () => doors.delete(address))
      doors.set(address, door)
      return door
    },
    transport: {
      async ask(question) {
        const door = doors.get(question.address)
        if (!door) throw failed('CALL_UNREACHABLE', question, 'nobody is there')
        return door.ask(question, clock)
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
  }
}

class MemoryDoor implements PeerDoor {
  readonly address: string
  readonly #answer: AnswerPeer
  readonly #leave: () => void
  readonly #answering = new Set<Promise<unknown>>()
  readonly #endings = new Set<AbortController>()

  constructor(answer: AnswerPeer, address: string, leave: () => void) {
    this.#answer = answer
    this.address = address
    this.#leave = leave
  }

  async ask(question: PeerQuestion, clock: Clock): Promise<string> {
    const { name, body, timeoutMs, signal } = question
    if (signal?.aborted) throw failed('CALL_INTERRUPTED', question, 'it was ended early')
    const ending = new AbortController()
    this.#endings.add(ending)
    const answering = this.#answer({ name, body, timeoutMs, signal: ending.signal })
    this.#answering.add(answering)
    const given = Promise.withResolvers<string>()
    answering.then(given.resolve, given.reject)
    const stop = (): void =>
      given.reject(failed('CALL_INTERRUPTED', question, 'it was ended early'))
    signal?.addEventListener('abort', stop, { once: true })
    const cancel = clock.after(timeoutMs, () =>
      given.reject(failed('CALL_TIMEOUT', question, `${timeoutMs} ms have passed`)),
    )
    try {
      return await given.promise
    } finally {
      cancel()
      signal?.removeEventListener('abort', stop)
      ending.abort()
      this.#endings.delete(ending)
      this.#answering.delete(answering)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave()
    for (const ending of this.#endings) ending.abort()
    await Promise.allSettled(this.#answering)
  }
}

type Code = 'CALL_UNREACHABLE' | 'CALL_INTERRUPTED' | 'CALL_TIMEOUT'

function failed(code: Code, { address, name }: PeerQuestion, why: string): DureError {
  const message = `The process at ${address} gave no answer to "${name}": ${why}.`
  return new DureError(code, message, { details: { address, name } })
}
