import type { Aggregate, PrepareContext } from '../language/aggregate.ts'
import type { AnyContract, CommandSpec, QuerySpec } from '../language/contract.ts'
import type { EventMeta } from '../language/message.ts'
import type { Policy } from '../language/policy.ts'
import type { Service } from '../language/service.ts'
import { describeIsolation } from './describe-locks.ts'
import {
  type CommandManifest,
  type EventManifest,
  type PolicyManifest,
  type QueryManifest,
  type ServiceManifest,
  unknownTarget,
} from './manifest.ts'
import { messageTypes, probeFunction } from '../language/probe.ts'

/** Gives a service as plain data. */
export function describeService(service: Service): ServiceManifest {
  const { commands = {}, events = {}, queries = {} } = service.contract.$spec
  return {
    name: service.name,
    commands: Object.entries(commands).map(([name, spec]) => describeCommand(service, name, spec)),
    events: Object.entries(events).map(([name, spec]) =>
      describeEvent(service, name, '~standard' in spec ? 1 : spec.version),
    ),
    queries: Object.entries(queries).map(([name, spec]) => describeQuery(service, name, spec)),
    aggregates: service.aggregates.map((aggregate) => {
      const { name, stored, version } = aggregate
      return { name, stored, version, ...describeIsolation(aggregate) }
    }),
    views: service.views.map(({ name, consistency, version, indexes, events: followed }) => ({
      name,
      consistency,
      version,
      indexes: Object.keys(indexes),
      follows: followed.map(({ type }) => type),
    })),
    policies: service.policies.map(describePolicy),
    ports: service.ports.map(({ name }) => name),
  }
}

/** Gives a service of which only the contract is known. */
export function describeElsewhere(contract: AnyContract): ServiceManifest {
  const nothing = { aggregates: [], views: [], policies: [], ports: [], queries: {} }
  const described = describeService({ kind: 'service', name: contract.$name, contract, ...nothing })
  return { ...described, isElsewhere: true }
}

function describeCommand(service: Service, name: string, spec: CommandSpec): CommandManifest {
  const type = `${service.name}.${name}`
  const decider = service.aggregates.find(({ decide }) => Object.hasOwn(decide, type))
  return {
    type,
    ...(decider && { decidedBy: decider.name }),
    makes: decider ? probeDecision(decider, type) : [],
    hasOutput: spec.output !== undefined,
    rejects: Object.keys(spec.rejects ?? {}),
    isPrepared: decider?.prepare[type] !== undefined,
    uses: decider ? probePreparation(decider, type) : [],
    ...(spec.summary !== undefined && { summary: spec.summary }),
  }
}

function describeEvent(service: Service, name: string, version: number): EventManifest {
  const type = `${service.name}.${name}`
  const knowing = service.aggregates.filter(({ evolve }) => Object.hasOwn(evolve, type))
  return { type, version, evolves: knowing.map((aggregate) => aggregate.name) }
}

function describeQuery(service: Service, name: string, spec: QuerySpec): QueryManifest {
  const type = `${service.name}.${name}`
  return {
    type,
    isAnswered: Object.hasOwn(service.queries, type),
    rejects: Object.keys(spec.rejects ?? {}),
    ...(spec.summary !== undefined && { summary: spec.summary }),
  }
}

function describePolicy(policy: Policy): PolicyManifest {
  const reactions = Object.entries(policy.handlers).map(([on, handler]) => {
    // Why the cast: a stand-in can be read like any meta data.
    const run = (standIn: unknown): unknown => handler(standIn, standIn as EventMeta)
    const sends = messageTypes('command', probeFunction({ source: handler, run }))
    return { on, sends: sends.length === 0 ? [unknownTarget] : sends }
  })
  return { name: policy.name, reactions }
}

/** The events that a decision gives on made-up states and commands. */
function probeDecision(aggregate: Aggregate, type: string): readonly string[] {
  const decide = aggregate.decide[type]
  if (!decide) return []
  const results = [() => aggregate.initial(), undefined].flatMap((initial) =>
    probeFunction({
      source: decide,
      run: (standIn) => decide(initial ? initial() : standIn, standIn, decideContext(standIn)),
    }),
  )
  return messageTypes('event', results.map(eventsOf))
}

function decideContext(standIn: unknown): object {
  const reject = (): object => ({ kind: 'rejection' })
  return {
    reject: new Proxy({}, { get: () => reject }),
    reply: (_output: unknown, ...events: readonly unknown[]) => ({ kind: 'accepted', events }),
    prepared: standIn,
    id: '',
    atMs: 1,
    key: '',
  }
}

function eventsOf(decision: unknown): unknown {
  const isAccepted = typeof decision === 'object' && decision !== null && 'events' in decision
  return isAccepted ? decision.events : decision
}

/** The driven ports that a preparation asks for before it waits for the first answer. */
function probePreparation(aggregate: Aggregate, type: string): readonly string[] {
  const prepare = aggregate.prepare[type]
  if (!prepare) return []
  const used = new Set<string>()
  probeFunction({
    source: prepare,
    run: (standIn) => {
      const use = (port: { readonly name: string }): unknown => {
        used.add(port.name)
        return standIn
      }
      // Why the cast: the preparation gets a stand-in for everything beside `use`.
      const context = {
        use,
        idempotencyKey: '',
        deadlineMs: 1,
        signal: standIn,
        key: '',
      } as unknown as PrepareContext
      prepare(standIn, context).catch(() => undefined)
    },
  })
  return [...used].toSorted()
}
