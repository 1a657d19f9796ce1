// A checkout as a manifest, to be changed in every way.
import assert from 'node:assert/strict'
import { compareSystems, type SagaVerdict } from '../../src/graph/against/compare-systems.ts'
import type {
  CommandManifest,
  Manifest,
  SagaManifest,
  SagaNodeManifest,
  SagaStepManifest,
  ServiceManifest,
} from '../../src/graph/manifest.ts'

export const goods: SagaStepManifest = {
  node: 'each',
  name: 'goods',
  phase: 'before',
  command: 'stock.reserve',
  undo: 'stock.release',
  max: 10,
  rejection: 'fail',
}
export const quote: SagaStepManifest = {
  node: 'step',
  name: 'quote',
  phase: 'before',
  command: 'ship.quote',
  effect: 'none',
}
export const pay: SagaStepManifest = {
  node: 'step',
  name: 'pay',
  phase: 'pivot',
  command: 'bank.pay',
}
export const parcel: SagaStepManifest = {
  node: 'step',
  name: 'parcel',
  phase: 'after',
  command: 'ship.send',
}
export const fair: SagaNodeManifest = { node: 'ensure', name: 'fair', phase: 'before' }
export const base = [goods, quote, fair, pay, parcel]

export function plan(
  nodes: readonly SagaNodeManifest[],
  more: Partial<SagaManifest> = {},
): SagaManifest {
  const place = { style: 'orchestrated', by: 'order' } as const
  return { name: 'checkout', version: 1, ...place, startsOn: [], nodes, ...more }
}

function command(type: string): CommandManifest {
  return { type, makes: [], hasOutput: true, rejects: [], isPrepared: false, uses: [] }
}

const commands = {
  order: ['order.cancel', 'order.tell'],
  stock: ['stock.reserve', 'stock.release', 'stock.hold'],
  ship: ['ship.quote', 'ship.send', 'ship.reserve'],
  bank: ['bank.pay', 'bank.reserve'],
}

function serviceOf(name: string, types: readonly string[]): ServiceManifest {
  const parts = { events: [], queries: [], aggregates: [], views: [], policies: [], ports: [] }
  return { name, commands: types.map(command), ...parts }
}

export function manifest(sagas: readonly SagaManifest[], without = ''): Manifest {
  const services = Object.entries(commands)
    .filter(([name]) => name !== without)
    .map(([name, types]) =>
      serviceOf(
        name,
        types.filter((type) => type !== without),
      ),
    )
  return { format: 1, system: 'shop', services, sagas, gateways: [], ports: [] }
}

export function judge(now: readonly SagaManifest[], without?: string): SagaVerdict {
  const [first, ...others] = compareSystems(manifest([plan(base)]), manifest(now, without))
  assert.ok(first)
  assert.deepEqual(others, [])
  return first
}

export function says(
  nodes: readonly SagaNodeManifest[],
  more?: Partial<SagaManifest>,
): readonly string[] {
  const { verdict, reasons } = judge([plan(nodes, more)])
  return [verdict, ...reasons]
}
