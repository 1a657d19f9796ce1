import assert from 'node:assert/strict'
import { memoryBroker } from '../../adapters/memory/broker.ts'
import { memoryStores } from '../../adapters/memory/store.ts'
import { type VirtualClock, virtualClock } from '../../adapters/memory/clock.ts'
import { contract } from '../../language/contract.ts'
import { definitionError } from '../../language/errors.ts'
import type {
  Command,
  CommandOutput,
  CommandRejects,
  Event,
  Query,
} from '../../language/message.ts'
import type { PortBinding } from '../../language/port.ts'
import type { Service } from '../../language/service.ts'
import type { System } from '../../language/system.ts'
import type { Entry, StoreProvider } from '../../log/store.port.ts'
import type { CommandAnswer, RunningSystem } from '../../runtime/running-system.port.ts'
import { startSystem } from '../../runtime/start-system.ts'
import type { CommandFacts } from './given-aggregate.ts'
import { commandFacts } from './given-policy.ts'
import { eventsOf, type GivenPast, isCommand, storePast } from './past.ts'
import { asStored, givenAtMs } from './recorded.ts'

export interface GivenSystemOptions {
  /** Adapters of the driven ports of a service. A system has its own. */
  readonly adapters?: readonly PortBinding[]
}

/**
 * The specification of a service or of a whole system. `run` runs it, in memory; its clock stands still but where
 * `passing` lets time pass.
 */
export interface GivenSystem<C extends Command = Command> {
  /** Runs a command, and lets everything happen that follows from it. */
  when<Next extends Command>(command: Next, facts?: GivenCall): GivenSystem<Next>
  /** Lets time pass, in milliseconds: deadlines and retries come due. */
  passing(durationMs: number): GivenSystem<C>
  /** Compares the events since the last command: for each service in its order, whatever the order between services. */
  then(events: readonly Event[]): GivenSystem<C>
  /** Compares the commands that were sent to other services since the last command, by those that send them. */
  thenCommands(commands: readonly Command[]): GivenSystem<C>
  thenOutput(output: CommandOutput<C>): GivenSystem<C>
  thenRejected(name: CommandRejects<C>, data?: unknown): GivenSystem<C>
  /** Compares what a query answers now. */
  thenAnswer<Output>(query: Query<string, unknown, Output>, output: Output): GivenSystem<C>
  /** Runs all of it: rejects with the first thing that is not as expected. */
  run(): Promise<void>
}

/** What a specification may say of a call. */
export type GivenCall = Pick<CommandFacts, 'id' | 'actor' | 'tenant'>

/** Begins the specification of a service, or of a system. */
export function givenSystem(
  subject: System | Service,
  past: GivenPast,
  { adapters = [] }: GivenSystemOptions = {},
): GivenSystem {
  const system = subject.kind === 'system' ? subject : systemOf(subject, past, adapters)
  return specification({ system, past, steps: [] })
}

type Step = (trial: Trial) => Promise<void>

interface Specification {
  readonly system: System
  readonly past: GivenPast
  readonly steps: readonly Step[]
}

/** The entries of each service, in their order. */
type Logs = ReadonlyMap<string, readonly Entry[]>

/** The system while a specification runs. */
interface Trial {
  readonly running: RunningSystem
  readonly clock: VirtualClock
  readonly logs: () => Promise<Logs>
  answer: CommandAnswer | undefined
  /** The logs before the last command. */
  before: Logs
}

function specification({ system, past, steps }: Specification): GivenSystem {
  const add = (step: Step): GivenSystem => specification({ system, past, steps: [...steps, step] })
  const given = {
    when: (command: Command, call: GivenCall = {}) =>
      add((trial) => runCommand(trial, command, call)),
    passing: (durationMs: number) =>
      add(async ({ running, clock }) => {
        await clock.advance(durationMs)
        await settle(running, clock)
      }),
    // Why the name, though it makes the value look like a promise: given, when, then are the words of the method.
    // oxlint-disable-next-line unicorn/no-thenable -- `run` is awaited, and this refuses to be
    then(events: readonly Event[]) {
      if (Array.isArray(events)) return add((trial) => compareEvents(trial, events))
      throw definitionError('A specification of a system is run: await its `run()`.')
    },
    run: () => runSteps({ system, past, steps }),
    thenCommands: (commands: readonly Command[]) =>
      add((trial) => compareCommands(trial, commands)),
    thenOutput: (output: unknown) =>
      add(async ({ answer }) => {
        if (answer?.ok) assert.deepEqual(asStored(answer.output), asStored(output))
        else assert.fail(`It was rejected: ${answer?.rejected}`)
      }),
    thenRejected: (name: string, ...data: readonly unknown[]) =>
      add(async ({ answer }) => {
        assert.ok(answer && !answer.ok, 'It was accepted.')
        assert.equal(answer.rejected, name)
        if (data.length > 0) assert.deepEqual(asStored(answer.data), asStored(data[0]))
      }),
    thenAnswer: (query: Query, output: unknown) =>
      add(async ({ running }) => {
        assert.deepEqual(await running.query(query), { ok: true, output: asStored(output) })
      }),
  }
  return given
}

async function runSteps({ system, past, steps }: Specification): Promise<void> {
  const clock = virtualClock({ startMs: givenAtMs })
  const stores = memoryStores({ newId: () => clock.newId(), shared: true })
  await storePast(stores, system, past)
  const broker = memoryBroker({ clock })
  const running = await startSystem(system, { stores: asOnlyOne(stores), broker, clock })
  const logs = (): Promise<Logs> => readLogs(stores, system)
  const trial: Trial = { running, clock, logs, answer: undefined, before: await logs() }
  try {
    await settle(running, clock)
    for (const each of past) if (isCommand(each)) await runCommand(trial, each, {})
    for (const step of steps) await step(trial)
  } finally {
    await stop(running, clock)
  }
}

/** The stores, for the only process that writes to them: others look at what it has written. */
function asOnlyOne(stores: StoreProvider): StoreProvider {
  return {
    async open(service, options) {
      const store = await stores.open(service, options)
      return { ...store, supports: { ...store.supports, shared: false } }
    },
    erase: (service) => stores.erase(service),
  }
}

/** What is still on its way to the outside ends at its deadline: time passes until then. */
async function stop(running: RunningSystem, clock: VirtualClock): Promise<void> {
  let isStopped = false
  const stopping = running.stop().finally(() => {
    isStopped = true
  })
  while (!isStopped) await clock.advance(1_000)
  await stopping
}

async function runCommand(trial: Trial, command: Command, call: GivenCall): Promise<void> {
  const { running, clock, logs } = trial
  trial.before = await logs()
  const answering = running.execute(command, call)
  // What asks the outside first may need turns of the clock.
  const [answer] = await Promise.all([answering, settle(running, clock)])
  trial.answer = answer
  await settle(running, clock)
}

/** Turns without any change after which what is left is taken to wait for time. */
const stillTurns = 20
const turnsMax = 20_000

/** Lets everything happen that needs no time. */
async function settle(running: RunningSystem, clock: VirtualClock): Promise<void> {
  let last = ''
  for (let turn = 0, still = 0; turn < turnsMax && still < stillTurns; turn += 1) {
    await clock.advance(0)
    const report = await running.idle()
    const now = JSON.stringify(report)
    still = now === last ? still + (report.idle ? stillTurns / 4 : 1) : 0
    last = now
  }
}

async function readLogs(stores: StoreProvider, system: System): Promise<Logs> {
  const logs = new Map<string, readonly Entry[]>()
  for (const { name } of system.services) {
    await using store = await stores.open(name, { partitions: 1 })
    const limit = Number.MAX_SAFE_INTEGER
    logs.set(name, await store.read({ partition: 0, after: 0, limit }))
  }
  return logs
}

/** What was written since the last command, by service. */
async function writtenSince(trial: Trial, kind: Entry['kind']): Promise<Map<string, unknown[]>> {
  const found = new Map<string, unknown[]>()
  for (const [service, log] of await trial.logs()) {
    const before = trial.before.get(service)?.length ?? 0
    const own = log.slice(before).filter((entry) => entry.kind === kind)
    if (own.length > 0) found.set(service, own.map(entryFacts))
  }
  return found
}

function entryFacts({ type, data }: Entry): unknown {
  return { type, data: JSON.parse(data) as unknown }
}

async function compareEvents(trial: Trial, expected: readonly Event[]): Promise<void> {
  if (trial.answer && !trial.answer.ok) assert.fail(`It was rejected: ${trial.answer.rejected}`)
  const wanted = new Map<string, unknown[]>()
  for (const { service, type, data } of expected) {
    wanted.set(service, [...(wanted.get(service) ?? []), { type, data: asStored(data) }])
  }
  assert.deepEqual(await writtenSince(trial, 'event'), wanted)
}

async function compareCommands(trial: Trial, expected: readonly Command[]): Promise<void> {
  const sent = await writtenSince(trial, 'command')
  assert.deepEqual([...sent.values()].flat(), expected.map(commandFacts))
}

/** The service alone: of others there is only what they have said. */
function systemOf(service: Service, past: GivenPast, adapters: readonly PortBinding[]): System {
  const others = new Set(eventsOf(past).map((event) => event.service))
  others.delete(service.name)
  const name = 'specification'
  const services = [service, ...Array.from(others, (other) => silentService(service, other))]
  return { kind: 'system', name, services, elsewhere: [], sagas: [], gateways: [], adapters }
}

function silentService(follower: Service, name: string): Service {
  const followed = [...follower.views, ...follower.policies].flatMap(({ events }) => events)
  const events = followed.filter(({ service }) => service === name)
  if (events.length === 0) {
    throw definitionError(`Service "${follower.name}" follows no event of "${name}".`)
  }
  const spec = Object.fromEntries(
    events.map(({ type, schema, version, upcast }) => [
      type.slice(name.length + 1),
      { schema, version, upcast },
    ]),
  )
  const said = contract(name, { events: spec })
  const parts = { aggregates: [], views: [], policies: [], ports: [], queries: {} }
  return { kind: 'service', name, contract: said, ...parts }
}
