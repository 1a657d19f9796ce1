import type { AnyContract, CommandSpec } from '../language/contract.ts'
import type { EventMeta, Rejection } from '../language/message.ts'
import type { Service } from '../language/service.ts'
import type { System } from '../language/system.ts'
import type { View } from '../language/view.ts'
import type { EntryMeta } from '../log/store.port.ts'
import { type EventTypes, eventTypesOf } from '../log/stored-event.ts'
import { applyToView } from '../views/inline-views.ts'
import type { CommandHandler } from './decide.ts'
import type { Draft } from './draft.ts'

/** A service as its runtime looks things up: definitions by full name. Made once, at start. */
export interface ServiceModel {
  readonly name: string
  readonly service: Service
  readonly partitions: number
  readonly commands: ReadonlyMap<string, CommandHandler>
  /** Event types of every contract that the service can meet. */
  readonly types: EventTypes
  /** Does what has to be in the commit of an event: inline views, and sagas that are passed on. */
  recorded(draft: Draft, event: OwnEvent): void
}

/** An event that the service has just recorded, as it is stored. */
export interface OwnEvent {
  readonly type: string
  readonly data: unknown
  readonly meta: EventMeta
  /** Where the command comes from that led to it. */
  readonly origin: EntryMeta
}

export interface ServiceModelOptions {
  readonly partitions: number
  /** The stored name of a view: it changes with a rebuild. */
  readonly viewName: (view: View) => string
  readonly onRecorded?: (draft: Draft, event: OwnEvent) => void
}

/** Makes the model of a service of a system. */
export function createServiceModel(
  system: System,
  service: Service,
  options: ServiceModelOptions,
): ServiceModel {
  const inline = new Map<string, View[]>()
  for (const view of service.views) {
    if (view.consistency !== 'inline') continue
    for (const { type } of view.events) inline.set(type, [...(inline.get(type) ?? []), view])
  }
  return {
    name: service.name,
    service,
    partitions: options.partitions,
    commands: commandHandlers(service),
    types: eventTypesOf(contractsOf(system, service)),
    recorded(draft, event) {
      for (const view of inline.get(event.type) ?? noViews) {
        applyToView(draft, { view, name: options.viewName(view) }, event)
      }
      options.onRecorded?.(draft, event)
    },
  }
}

const noViews: readonly View[] = []

function contractsOf(system: System, service: Service): AnyContract[] {
  const others = system.services.map(({ contract }) => contract)
  return [service.contract, ...others, ...system.elsewhere]
}

function commandHandlers(service: Service): Map<string, CommandHandler> {
  const handlers = new Map<string, CommandHandler>()
  const specs = service.contract.$spec.commands ?? {}
  for (const aggregate of service.aggregates) {
    for (const type of Object.keys(aggregate.decide)) {
      const spec = specs[type.slice(service.name.length + 1)]
      if (spec) handlers.set(type, { aggregate, spec, reject: rejecter(spec) })
    }
  }
  return handlers
}

function rejecter(spec: CommandSpec): CommandHandler['reject'] {
  const names = Object.keys(spec.rejects ?? {})
  const make =
    (rejected: string) =>
    (data: unknown): Rejection => ({ kind: 'rejection', rejected, data })
  return Object.freeze(Object.fromEntries(names.map((name) => [name, make(name)])))
}
