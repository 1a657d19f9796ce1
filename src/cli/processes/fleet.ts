// The processes of a system on one machine: each group has as many as it should, and what ends is started again.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { PeerAddresses } from '../../calls/directory.ts'
import type { ProcessOperations, ProcessReport } from '../../calls/processes.ts'
import { DureError } from '../../language/errors.ts'
import { ManagedProcess } from './managed-process.ts'

/** Processes that do the same. */
export interface GroupPlan {
  /** The service, or `gateway`. */
  readonly name: string
  /** What the program is called with to be one of them. */
  readonly arguments: readonly string[]
  readonly replicas: number
  /** How many there may be; more are refused with `whyNotMore`. */
  readonly replicasMax: number
  readonly whyNotMore: string
  /** Set where the number follows the load between `replicas` and this. */
  readonly upTo?: number
}

export interface FleetOptions {
  readonly groups: readonly GroupPlan[]
  /** Told what processes print, and what becomes of them. */
  readonly onLine: (name: string, line: string) => void
  readonly onAddresses: (addresses: PeerAddresses) => void
  /** Called when a process of the gateway is ready. */
  readonly onGateway: () => void
}

/** Waits between restarts, in milliseconds: doubled up to the maximum; one that ran for `steadyMs` begins anew. */
export const restartMs = 100
export const restartMsMax = 10_000
const steadyMs = 10_000
/** The most processes that one group may have. */
export const replicasMax = 64
export const gatewayGroup = 'gateway'

interface Group {
  readonly plan: GroupPlan
  wanted: number
  members: ManagedProcess[]
  restarts: number
  /** Ends in a row, soon after the start. */
  failures: number
}

/** Runs the processes of a system. */
export class Fleet implements ProcessOperations {
  readonly secret = randomBytes(24).toString('hex')
  readonly #options: FleetOptions
  readonly #groups: ReadonlyMap<string, Group>
  readonly #timers = new Set<NodeJS.Timeout>()
  /** What is changed on purpose, one after the other. */
  #changing: Promise<unknown> = Promise.resolve()
  #count = new Map<string, number>()
  #turn = 0
  #isStopping = false
  #hasBeenReady = false

  constructor(options: FleetOptions) {
    this.#options = options
    this.#groups = new Map(
      options.groups.map((plan) => [
        plan.name,
        { plan, wanted: plan.replicas, members: [], restarts: 0, failures: 0 },
      ]),
    )
  }

  /** Starts every process. @throws `PROCESS_FAILED` when one of them ends before all are ready. */
  async start(): Promise<void> {
    const started = [...this.#groups.values()].flatMap((group) =>
      Array.from({ length: group.wanted }, () => this.#launch(group)),
    )
    await Promise.all(started.map((member) => readyOrFailed(member)))
    this.#hasBeenReady = true
  }

  get addresses(): PeerAddresses {
    const addresses: Record<string, readonly string[]> = {}
    for (const { plan, members } of this.#groups.values()) {
      const own = members.filter((member) => member.isTakingCalls)
      addresses[plan.name] = own.map(({ address }) => address ?? '')
    }
    return addresses
  }

  /** Hands a connection to a process of the gateway; false when none is ready. */
  hand(socket: Socket, refused: (socket: Socket) => void): boolean {
    const members = this.#groups.get(gatewayGroup)?.members ?? []
    const ready = members.filter(({ state }) => state === 'ready')
    this.#turn += 1
    const chosen = ready[this.#turn % ready.length]
    chosen?.hand(socket, refused)
    return chosen !== undefined
  }

  async processes(): Promise<readonly ProcessReport[]> {
    return [...this.#groups.values()].flatMap(({ members, restarts }) =>
      members.map((member) => member.report(restarts)),
    )
  }

  scale(name: string, replicas: number): Promise<readonly ProcessReport[]> {
    return this.#inTurn(async () => {
      const group = this.#groupOf(name)
      assertReplicas(group.plan, replicas)
      await this.#resize(group, replicas)
      return this.processes()
    })
  }

  roll(name?: string): Promise<readonly ProcessReport[]> {
    return this.#inTurn(async () => {
      const groups = name === undefined ? [...this.#groups.values()] : [this.#groupOf(name)]
      for (const group of groups) {
        // Those that are there now: what replaces them comes into the same list.
        const old = group.members.slice()
        for (const member of old) await this.#replace(group, member)
      }
      return this.processes()
    })
  }

  /** Groups whose number follows the load, with how busy their processes are. */
  loads(): readonly { readonly plan: GroupPlan; readonly wanted: number; readonly busy: number }[] {
    const following = [...this.#groups.values()].filter(({ plan }) => plan.upTo !== undefined)
    return following.map(({ plan, wanted, members }) => {
      const ready = members.filter(({ state }) => state === 'ready')
      const sum = ready.reduce((total, { busy }) => total + busy, 0)
      return { plan, wanted, busy: ready.length === 0 ? 0 : sum / ready.length }
    })
  }

  /** Stops every process: those of the gateway first, so that nothing is asked of services that stop. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    const all = [...this.#groups.values()]
    const isGateway = ({ plan }: Group): boolean => plan.name === gatewayGroup
    for (const groups of [all.filter(isGateway), all.filter((group) => !isGateway(group))])
      await Promise.all(groups.flatMap(({ members }) => members.map((member) => member.stop())))
  }

  kill(): void {
    this.#isStopping = true
    for (const { members } of this.#groups.values()) for (const member of members) member.kill()
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(change)
    this.#changing = changed.catch(() => undefined)
    return changed
  }

  #groupOf(name: string): Group {
    const found = this.#groups.get(name)
    if (found) return found
    const names = [...this.#groups.keys()].join(', ')
    throw new DureError(
      'PROCESS_UNKNOWN',
      `There are no processes of "${name}". There are: ${names}.`,
    )
  }

  async #resize(group: Group, replicas: number): Promise<void> {
    group.wanted = replicas
    const fresh: ManagedProcess[] = []
    while (group.members.length < replicas) fresh.push(this.#launch(group))
    const spare = group.members.slice(replicas)
    await Promise.all([
      ...fresh.map((member) => readyOrFailed(member)),
      ...spare.map((member) => member.stop()),
    ])
  }

  /** Puts a new process in the place of one. Where two may not run at once, the old one stops when the new has loaded. */
  async #replace(group: Group, old: ManagedProcess): Promise<void> {
    const fresh = this.#spawn(group)
    await fresh.until('loaded')
    if (fresh.state === 'gone') throw processFailed(fresh)
    const isAlone = group.plan.replicasMax === 1
    if (isAlone) await old.stop()
    void fresh.start(this.secret, this.addresses)
    await readyOrFailed(fresh)
    if (!isAlone) await old.stop()
  }

  #launch(group: Group): ManagedProcess {
    const member = this.#spawn(group)
    void member.start(this.secret, this.addresses)
    return member
  }

  #spawn(group: Group): ManagedProcess {
    const { name } = group.plan
    const number = (this.#count.get(name) ?? 0) + 1
    this.#count.set(name, number)
    const member = new ManagedProcess({
      name: `${name}.${number}`,
      group: name,
      arguments: group.plan.arguments,
      onChange: (changed) => this.#changed(group, changed),
      onLine: this.#options.onLine,
    })
    group.members.push(member)
    return member
  }

  #changed(group: Group, member: ManagedProcess): void {
    if (member.state === 'gone') this.#left(group, member)
    if (member.state === 'ready' && group.plan.name === gatewayGroup) this.#options.onGateway()
    const { addresses } = this
    for (const { members } of this.#groups.values())
      for (const each of members) each.tellAddresses(addresses)
    this.#options.onAddresses(addresses)
  }

  /** Starts another process when one has left that should be there. */
  #left(group: Group, member: ManagedProcess): void {
    group.members = group.members.filter((each) => each !== member)
    if (this.#isStopping || !this.#hasBeenReady || group.members.length >= group.wanted) return
    group.restarts += 1
    const isSteady = Date.now() - member.startedAtMs >= steadyMs
    group.failures = isSteady ? 0 : group.failures + 1
    const delayMs = Math.min(restartMsMax, restartMs * 2 ** Math.min(group.failures, 20))
    this.#options.onLine(
      member.name,
      `${member.exit ?? 'ended'}; it starts again in ${(delayMs / 1_000).toFixed(1)} s`,
    )
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#isStopping && group.members.length < group.wanted) this.#launch(group)
    }, delayMs)
    this.#timers.add(timer)
  }
}

async function readyOrFailed(member: ManagedProcess): Promise<void> {
  await member.until('ready')
  if (member.state !== 'ready') throw processFailed(member)
}

function processFailed({ name, exit }: ManagedProcess): DureError {
  return new DureError(
    'PROCESS_FAILED',
    `Process ${name} ${exit ?? 'stops'} before it was ready. What it said stands above; mend that, and try again.`,
    { details: { name } },
  )
}

function assertReplicas(
  { name, replicasMax: most, whyNotMore }: GroupPlan,
  replicas: number,
): void {
  if (!Number.isSafeInteger(replicas) || replicas < 1)
    throw new DureError(
      'PROCESS_REFUSED',
      `"${name}" runs in at least one process. Name a number from 1.`,
    )
  if (replicas > most) throw new DureError('PROCESS_REFUSED', whyNotMore)
}
