// Work on other threads: one order at a time to each, answered before the next.
import { once } from 'node:events'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { DureError, messageOf } from '../../language/errors.ts'
import { expectShortLives } from './hold-memory.ts'

export interface NodeWorker<Order, Answer> {
  /**
   * Has an order done.
   *
   * @throws `WORKER_DIED` when the thread ends before it has answered.
   */
  do(order: Order): Promise<Answer>
  /** Ends the thread, whatever it does. */
  stop(): Promise<void>
}

/** What a worker says: the answer to the last order, or why there is none. */
type Reply<Answer> = { readonly answer: Answer } | { readonly failure: string }

/**
 * The part of a thread's heap for what was just made, in megabytes: what one order needs is garbage with the next one, and
 * larger than the default it is thrown away at once, not looked through.
 */
const nurseryMb = 96

/** Starts a thread that runs `file`, which calls `serveOrders`. What it prints goes to standard error. */
export function startWorker<Order, Answer>(file: URL, setup: unknown): NodeWorker<Order, Answer> {
  expectShortLives()
  const resourceLimits = { maxYoungGenerationSizeMb: nurseryMb }
  const thread = new Worker(file, { workerData: setup, stdout: true, resourceLimits })
  thread.stdout.pipe(process.stderr, { end: false })
  let end: (reason: string) => void = () => undefined
  let reasonOfEnd: string | undefined
  const die = (reason: string): void => {
    reasonOfEnd ??= reason
    end(reasonOfEnd)
  }
  thread.on('error', (error) => die(messageOf(error)))
  thread.on('exit', (code) => die(`It ended with ${code}.`))
  return {
    do: (order) =>
      new Promise((resolve, reject) => {
        end = (reason) => reject(new DureError('WORKER_DIED', `A worker has died: ${reason}`))
        if (reasonOfEnd !== undefined) return end(reasonOfEnd)
        thread.once('message', (reply: Reply<Answer>) => {
          if ('answer' in reply) resolve(reply.answer)
          else end(reply.failure)
        })
        thread.postMessage(order)
      }),
    async stop() {
      if (reasonOfEnd === undefined) await Promise.all([once(thread, 'exit'), thread.terminate()])
    },
  }
}

/** Answers orders in a thread that `startWorker` has started, until it is stopped. `open` gets the setup. */
export function serveOrders(
  open: (setup: unknown) => Promise<(order: unknown) => Promise<unknown>>,
): void {
  const serving = open(workerData)
  // The first order is told of it.
  serving.catch(() => undefined)
  parentPort?.on('message', (order: unknown) => void answer(serving, order))
}

async function answer(
  serving: Promise<(order: unknown) => Promise<unknown>>,
  order: unknown,
): Promise<void> {
  try {
    const serve = await serving
    parentPort?.postMessage({ answer: await serve(order) } satisfies Reply<unknown>)
  } catch (error) {
    parentPort?.postMessage({ failure: messageOf(error) } satisfies Reply<unknown>)
  }
}
