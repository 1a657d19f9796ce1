import { resolve } from 'node:path'
import { once } from 'node:events'
import type { System } from '../../language/system.ts'
import type { FromChild, FromParent } from './dev-messages.ts'
import { importSystem } from '../loading/load-system.ts'
import { recordModules } from '../loading/module-graph.ts'
import { reportError } from '../report-error.ts'
import { endAfter, endOnCrash } from './process-end.ts'
import { type RunOptions, runSystem, type SystemRun } from '../run-system.ts'
import { outliveReader } from '../terminal.ts'

/** Runs a system as the child of `dure dev`: loads, waits for the word, runs, and stops when told to or left alone. */
export async function runSupervised(path: string, options: RunOptions): Promise<void> {
  outliveReader()
  endOnCrash()
  // Ctrl-C reaches parent and child: the parent answers it, and tells the child.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  try {
    const system = await loadAndTell(path)
    await runWhenTold(system, options)
  } catch (thrown) {
    // The line to the parent would hold the process.
    process.exit(reportError(thrown))
  }
}

async function loadAndTell(path: string): Promise<System> {
  const file = resolve(path)
  const modules = recordModules(file)
  try {
    const system = await importSystem(path, file)
    await send({ kind: 'loaded', files: modules.files() })
    return system
  } catch (thrown) {
    await send({ kind: 'refused', files: modules.files() })
    throw thrown
  }
}

async function runWhenTold(system: System, options: RunOptions): Promise<void> {
  const order = await firstOrder()
  if (order.kind === 'stop') process.exit(0)
  const port = order.port ?? options.port
  const starting = runSystem(system, {
    ...options,
    ...(port !== undefined && { port }),
    ownsProcess: false,
  })
  takeOrders(starting)
  const run = await starting
  await send({ kind: 'ready', url: run.url })
}

async function send(message: FromChild): Promise<void> {
  const { promise, resolve: settle } = Promise.withResolvers<void>()
  // Whether the parent is still there shows elsewhere.
  process.send?.(message, () => settle())
  await promise
}

async function firstOrder(): Promise<FromParent> {
  if (!process.connected) return { kind: 'stop' }
  const left = once(process, 'disconnect').then((): FromParent => ({ kind: 'stop' }))
  // Why the cast: the parent is Dure itself.
  const told = once(process, 'message').then(([message]) => message as FromParent)
  return Promise.race([told, left])
}

function takeOrders(starting: Promise<SystemRun>): void {
  let isStopping = false
  const stop = async (): Promise<void> => (await starting).stop()
  const stopOnce = (): void => {
    if (isStopping) return
    isStopping = true
    void endAfter(stop)
  }
  process.on('SIGTERM', stopOnce)
  process.on('message', stopOnce)
  process.on('disconnect', stopOnce)
}
