// `dure up`: a system as supervised processes, behind one address.
import { nodeClock, openControlDoor, openDataFolder } from '../../adapters/node/index.ts'
import { memoryStores } from '../../adapters/memory/index.ts'
import { createDirectory } from '../../calls/directory.ts'
import type { ProcessOperations } from '../../calls/processes.ts'
import type { System } from '../../language/system.ts'
import type { Settings } from '../config/settings.ts'
import { endOnCrash, stopOnSignals } from '../running/process-end.ts'
import { outliveReader, print, printNote, style, styleNote } from '../terminal.ts'
import { Fleet } from './fleet.ts'
import { followLoad } from './follow-load.ts'
import { FrontDoor } from './front-door.ts'
import { openHost } from './open-host.ts'
import { planFleet } from './plan-fleet.ts'

export interface FleetRun {
  readonly system: System
  readonly settings: Settings
  /** What the program is called with to run some services, or the gateway. */
  readonly member: (services: readonly string[], hasGateway: boolean) => readonly string[]
  /** Writes a line for programs at each event in place of text. */
  readonly json: boolean
}

/**
 * Runs a system as supervised processes until a signal comes. Resolves when all of them are ready.
 *
 * @throws `CONFIG_INVALID`, `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`, `STORE_*`, `PROCESS_FAILED`; no process stays then.
 */
export async function runFleet(run: FleetRun): Promise<void> {
  const { system, settings, json } = run
  const startedAtMs = performance.now()
  const groups = planFleet(system, settings, run.member)
  openDataFolder(settings.data, system.name)
  outliveReader()
  endOnCrash()
  const directory = createDirectory()
  const lines = lineWriter(
    groups.map(({ name }) => name),
    json,
  )
  const front: { door?: FrontDoor } = {}
  const fleet = new Fleet({
    groups,
    onLine: lines,
    onAddresses: (addresses) => directory.tell(addresses),
    onGateway: () => front.door?.retry(),
  })
  const door = new FrontDoor({
    port: settings.port,
    host: settings.host,
    hand: (socket) => fleet.hand(socket, (back) => door.take(back)),
  })
  front.door = door
  await door.open()
  const stack = new AsyncDisposableStack()
  stack.use(door)
  stack.defer(() => fleet.stop())
  process.on('exit', () => fleet.kill())
  stopOnSignals(async () => {
    if (!json) printNote('Stopping...')
    await stack.disposeAsync()
  })
  try {
    await fleet.start()
    await openOperations(run, { fleet, directory, stack, url: door.url })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
  const stopFollowing = followLoad(fleet, (line) => lines('supervisor', line))
  stack.defer(async () => stopFollowing())
  const count = (await fleet.processes()).length
  if (json) print(JSON.stringify({ event: 'ready', url: door.url, processes: count }))
  else printStart(run, { url: door.url, count, startedAtMs })
}

interface Opening {
  readonly fleet: Fleet
  readonly directory: ReturnType<typeof createDirectory>
  readonly stack: AsyncDisposableStack
  readonly url: string
}

/** Opens the door of the operator, through which all services are asked. */
async function openOperations(
  { system, settings }: FleetRun,
  { fleet, directory, stack, url }: Opening,
): Promise<void> {
  const clock = nodeClock()
  const opening = new AsyncDisposableStack()
  opening.defer(async () => clock[Symbol.dispose]())
  const { running } = opening.use(
    await openHost({
      system,
      here: [],
      stores: memoryStores(),
      clock,
      directory,
      peers: { secret: fleet.secret },
      report: () => undefined,
    }),
  )
  const processes: ProcessOperations = {
    processes: () => fleet.processes(),
    scale: (group, replicas) => fleet.scale(group, replicas),
    roll: (group) => fleet.roll(group),
  }
  const { data: folder } = settings
  opening.use(
    await openControlDoor({ folder, system: system.name, operations: running, processes, url }),
  )
  stack.use(opening)
}

/** Lines of processes with their names in front, as wide as the longest. */
function lineWriter(names: readonly string[], json: boolean): (name: string, line: string) => void {
  const width = Math.max(...names.map(({ length }) => length)) + 3
  return (name, text) => {
    if (json) print(JSON.stringify({ event: 'line', process: name, text }))
    else printNote(`${styleNote('cyan', name.padEnd(width))} ${text}`)
  }
}

function printStart(
  { system, settings }: FleetRun,
  { url, count, startedAtMs }: { url: string; count: number; startedAtMs: number },
): void {
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  print(`${style('bold', system.name)}: ${system.services.length} services in ${count} processes`)
  print(`  gateway    ${url}`)
  print(`  reference  ${url}/reference`)
  print(`  data       ${settings.data}`)
  print(`${style('green', 'ready')} after ${seconds} s. Ctrl-C stops it.`)
}
