// What a batch has reached of what can be reached, as far as the definitions of the system tell.
import { describeSystem } from '../../graph/describe-system.ts'
import {
  type Manifest,
  type SagaManifest,
  serviceOf,
  stepsOf,
  unknownTarget,
} from '../../graph/manifest.ts'
import type { System } from '../../language/system.ts'
import { makeSystem } from '../make-system.ts'
import {
  episodeFaults,
  type FaultGroup,
  type FaultName,
  faultNames,
  pointFaults,
} from '../faults/catalogue.ts'
import type { Scenario } from '../scenario.ts'
import { newSaga } from '../world/marks.ts'
import { reachedBy } from './reached.ts'
import type { Counts } from './tally.ts'

/** One sort of things that can be reached. */
export interface CoverageRow {
  readonly name: string
  readonly reached: number
  readonly reachable: number
  /** Some of what was not reached, in words. */
  readonly missed: readonly string[]
}

export type Coverage = readonly CoverageRow[]

/** Of what was not reached, so much is told by name. */
export const missedNamedMax = 100

/** Compares the marks of a batch with what its scenario could reach. */
export function coverageOf(scenario: Scenario, marks: Counts): Coverage {
  const { invariants = [] } = scenario
  const system = makeSystem(scenario)
  const manifest = describeSystem(system)
  const faults = scenario.faults ?? faultsOf(manifest)
  const reached = reachedBy(manifest, Object.keys(marks))
  const judges = [...invariants.map(({ name }) => `judge|${name}`), ...judgesIn(marks)]
  const rows: readonly (readonly [name: string, marks: readonly string[]])[] = [
    ['commands', partsOf(manifest, 'command')],
    ['queries', partsOf(manifest, 'query')],
    ['events', partsOf(manifest, 'event')],
    ['aggregates', partsOf(manifest, 'aggregate')],
    ['views', partsOf(manifest, 'view')],
    ['reactions of policies', reactions(manifest)],
    ['steps of sagas', steps(manifest)],
    ['undos of sagas', undos(manifest)],
    ['ends of sagas', endsOf(manifest)],
    ['messages x faults', crossed(messagesOf(system, manifest), faults)],
    ['saga states x messages x faults', crossed(manifest.sagas.flatMap(movesOf), faults)],
    ['crash points x services', crashPoints(manifest, faults)],
    ['invariants and judges that looked', judges],
  ]
  return rows.map(([name, all]) => rowOf(name, all, reached))
}

/** The faults that a system can be hit by without being asked for them. */
function faultsOf({ ports }: Manifest): readonly FaultName[] {
  const groups: Readonly<Record<string, { readonly group: FaultGroup }>> = {
    ...pointFaults,
    ...episodeFaults,
  }
  return faultNames.filter((name) => {
    const { group } = groups[name] ?? {}
    return group !== 'user' && (group !== 'port' || ports.length > 0)
  })
}

function rowOf(name: string, all: readonly string[], reached: ReadonlySet<string>): CoverageRow {
  const reachable = [...new Set(all)]
  const missed = reachable.filter((mark) => !reached.has(mark))
  return {
    name,
    reached: reachable.length - missed.length,
    reachable: reachable.length,
    missed: missed.slice(0, missedNamedMax).map(inWords),
  }
}

/** All judges of the worlds, whether they looked or were idle. */
function judgesIn(marks: Counts): readonly string[] {
  const idle = prefixed(marks, 'idle').map((mark) => mark.replace('idle|', 'judge|'))
  return [...prefixed(marks, 'judge'), ...idle]
}

/** `saga|checkout|running|payment.pay|crash` reads better as `checkout running, payment.pay, crash`. */
function inWords(mark: string): string {
  const [, ...parts] = mark.split('|')
  return parts.join(', ')
}

function prefixed(marks: Counts, prefix: string): readonly string[] {
  return Object.keys(marks).filter((mark) => mark.startsWith(`${prefix}|`))
}

function partsOf(
  { services }: Manifest,
  kind: 'command' | 'query' | 'event' | 'aggregate' | 'view',
): readonly string[] {
  return services.flatMap(({ name, commands, queries, events, aggregates, views }) => {
    const members = {
      command: commands.filter(({ decidedBy }) => decidedBy !== undefined).map(({ type }) => type),
      query: queries.filter(({ isAnswered }) => isAnswered).map(({ type }) => type),
      event: events.map(({ type }) => type),
      aggregate: aggregates.map((each) => `${name}|${each.name}`),
      view: views.map((each) => `${name}|${each.name}`),
    }
    return members[kind].map((each) => `${kind}|${each}`)
  })
}

function reactions({ services }: Manifest): readonly string[] {
  return services.flatMap(({ name, policies }) =>
    policies.flatMap((policy) => policy.reactions.map(({ on }) => `message|${name}|${on}`)),
  )
}

function steps({ sagas }: Manifest): readonly string[] {
  return sagas.flatMap(({ name, nodes }) =>
    stepsOf(nodes).map((step) => `step|${name}|${step.name}`),
  )
}

function undos({ sagas }: Manifest): readonly string[] {
  return sagas.flatMap(({ name, nodes }) =>
    stepsOf(nodes)
      .filter(({ undo }) => undo !== undefined)
      .map((step) => `step|${name}|undo:${step.name}`),
  )
}

function endsOf({ sagas }: Manifest): readonly string[] {
  return sagas.flatMap(({ name, nodes }) => {
    const turnsBack = stepsOf(nodes).some(({ phase }) => phase !== 'after')
    const ends = turnsBack ? ['completed', 'compensated'] : ['completed']
    return ends.map((end) => `end|${name}|${end}`)
  })
}

/** What each service takes account of. */
function messagesOf(system: System, manifest: Manifest): readonly string[] {
  const messages = manifest.services.flatMap(({ name, views, policies }) => {
    const orders = policies.flatMap(({ reactions }) => reactions.flatMap(({ sends }) => sends))
    const followed = [
      ...views.flatMap(({ follows, consistency }) => (consistency === 'async' ? follows : [])),
      ...policies.flatMap(({ reactions }) => reactions.map(({ on }) => on)),
    ]
    const away = orders.filter((type) => type !== unknownTarget && serviceOf(type) !== name)
    return [
      ...followed.map((type) => `message|${name}|${type}`),
      ...away.map((type) => `message|${serviceOf(type)}|${type}`),
    ]
  })
  const ofSagas = manifest.sagas.flatMap((saga) => [
    ...saga.startsOn.map((type) => `message|${saga.by}|${type}`),
    ...sentAway(saga).flatMap((type) => [
      `message|${serviceOf(type)}|${type}`,
      `message|${saga.by}|${type}`,
    ]),
  ])
  const known = new Set(system.services.map(({ name }) => name))
  return [...messages, ...ofSagas].filter((mark) => known.has(mark.split('|')[1] ?? ''))
}

/** Commands of a saga that travel, those that undo included. */
function sentAway({ by, nodes }: SagaManifest): readonly string[] {
  return stepsOf(nodes)
    .flatMap(({ command, undo }) => (undo === undefined ? [command] : [command, undo]))
    .filter((type) => type !== unknownTarget && serviceOf(type) !== by)
}

/** Which messages find a saga in which state, when nothing is late. */
function movesOf(saga: SagaManifest): readonly string[] {
  const { name, by, startsOn, nodes } = saga
  const isAway = (type: string | undefined): type is string =>
    type !== undefined && type !== unknownTarget && serviceOf(type) !== by
  const forth = stepsOf(nodes)
    .map(({ command }) => command)
    .filter(isAway)
  const back = stepsOf(nodes)
    .map(({ undo }) => undo)
    .filter(isAway)
  return [
    ...startsOn.map((type) => `saga|${name}|${newSaga}|${type}`),
    ...forth.map((type) => `saga|${name}|running|${type}`),
    ...back.map((type) => `saga|${name}|compensating|${type}`),
  ]
}

function crossed(marks: readonly string[], faults: readonly FaultName[]): readonly string[] {
  return [...new Set(marks)].flatMap((mark) => faults.map((fault) => `${mark}|${fault}`))
}

function crashPoints({ services }: Manifest, faults: readonly FaultName[]): readonly string[] {
  const crashes = faults.filter((fault) => fault.startsWith('crash'))
  return crashes.flatMap((crash) => services.map(({ name }) => `crash|${crash}|${name}`))
}
