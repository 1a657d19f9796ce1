// The system of parcels as it runs in tests: orders in this process, postage in one that Python runs.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { createDirectory } from '../../src/calls/directory.ts'
import { openHost } from '../../src/cli/processes/open-host.ts'
import type { Outcome } from '../../src/language/message.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import type { Clock, RunningSystem } from '../../src/runtime/index.ts'
import { findPython } from '../../tools/servers/python.ts'
import { type ServerProcess, startServer } from '../servers/server-process.ts'
import type { z } from 'zod'
import { AnnouncementsOfOrder, Order, parcels } from './parcels.ts'

const secret = 'a secret of the tests'
const pauseMs = 5
/** How long something is waited for: far longer than it takes on a machine that has much else to do. */
const waitMsMax = 120_000

/** Why tests of participants in Python cannot run; `false` when they can. For the `skip` of a test. */
export function whyNoPython(): string | false {
  return findPython() === undefined ? 'no Python: install python3' : false
}

export interface ParcelsOptions {
  /** Carries messages between the two; without it they follow each other's logs over HTTP. */
  readonly broker?: (clock: Clock) => Promise<Broker>
  readonly system?: string
  /** The program of the other process, and what it is told beside. */
  readonly program?: 'participant.py' | 'participant_nats.py'
  readonly told?: readonly string[]
}

/** What the other process has said of an order: a number each time it announced it, and how often it shipped it. */
export type Announced = z.infer<typeof AnnouncementsOfOrder>

/** Both processes. Disposing ends them. */
export interface Parcels extends AsyncDisposable {
  /** The system, as its operator sees it. */
  readonly running: RunningSystem
  readonly reports: readonly string[]
  place(orderId: string, grams: number): Promise<void>
  order(orderId: string): Promise<unknown>
  announcements(orderId: string): Promise<Announced>
  /** Ends the other process as a power cut would, and starts it again with what it has stored. */
  restart(told?: readonly string[]): Promise<void>
  until(isTrue: () => Promise<boolean>): Promise<void>
}

/** Opens both processes. */
export async function openParcels(options: ParcelsOptions = {}): Promise<Parcels> {
  const { program = 'participant.py', told = [] } = options
  await using opening = new AsyncDisposableStack()
  const clock = opening.use(nodeClock())
  const folder = mkdtempSync(join(tmpdir(), 'dure-wire-'))
  opening.defer(() => rmSync(folder, { recursive: true, force: true }))
  const reports: string[] = []
  const directory = createDirectory()
  const listening = Promise.withResolvers<string>()
  const broker = await options.broker?.(clock)
  const system = parcels(options.system)
  const hosting = openHost({
    system,
    here: ['order'],
    stores: memoryStores({ newId: () => clock.newId() }),
    clock,
    directory,
    peers: { secret },
    broker,
    onListening: listening.resolve,
    report: ({ message }) => void reports.push(message),
  })
  hosting.catch(listening.reject)
  const order = await listening.promise
  const python: { now?: ServerProcess } = {}
  const begin = async (more: readonly string[]): Promise<void> => {
    const own = ['--data', join(folder, 'postage'), '--follow', `order=${order}`]
    const { process, address } = await startPython(program, [...own, ...told, ...more])
    python.now = process
    directory.tell({ order: [order], postage: [address] })
  }
  opening.defer(async () => python.now?.end('SIGKILL'))
  await begin([])
  const host = opening.use(await hosting)
  const { running } = host
  const resources = opening.move()
  return {
    running,
    reports,
    place: async (orderId, grams) =>
      void succeed(await running.execute(Order.place({ orderId, grams }))),
    order: async (orderId) => succeed(await running.query(Order.order({ orderId }))),
    announcements: async (orderId) =>
      AnnouncementsOfOrder.parse(succeed(await running.query(Order.announcements({ orderId })))),
    async restart(more = []) {
      await python.now?.end('SIGKILL')
      await begin(more)
    },
    until: (isTrue) => until(clock, isTrue),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function startPython(
  program: string,
  given: readonly string[],
): Promise<{ readonly process: ServerProcess; readonly address: string }> {
  const process = await startServer({
    file: findPython() ?? 'python3',
    args: ['-B', fileURLToPath(new URL(program, import.meta.url)), ...given],
    environment: { DURE_PEER_SECRET: secret },
    isReady: (line) => line.startsWith('listening on '),
  })
  const [, address = ''] = /^listening on (\S+)$/m.exec(process.printed()) ?? []
  return { process, address }
}

function succeed(outcome: Outcome): unknown {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome.output
}

async function until(clock: Clock, isTrue: () => Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + waitMsMax
  while (!(await isTrue())) {
    assert.ok(clock.nowMs() < endMs, 'It did not become true.')
    await new Promise<void>((resolve) => void clock.after(pauseMs, resolve))
  }
}
