import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultInstance } from '../faults/plan.ts'
import type { WorldShape } from '../world/shape.ts'
import { moveFaults } from './move-faults.ts'

const groups: WorldShape = {
  name: 'groups',
  processes: [
    { name: 'stock+payment', services: ['stock', 'payment'] },
    { name: 'order', services: ['order'] },
  ],
  isShared: false,
  hasBroker: true,
  partitions: 4,
}

function point(kind: FaultInstance['kind'], place: string, number = 2): FaultInstance {
  return { id: `${kind} @ ${place} # ${number}`, kind, place }
}

test('a fault of a store is one of the process that runs the service now', () => {
  const faults = [point('store slow', 'stock+payment payment')]

  assert.deepEqual(moveFaults(faults, groups, { shape: 'one process' }), [
    'store slow @ process payment # 2',
  ])
  assert.deepEqual(moveFaults(faults, groups, { shape: 'processes' }), [
    'store slow @ payment payment # 2',
  ])
})

test('a fault of a topic follows it to the only partition', () => {
  const faults = [
    point('publish lost', 'order order/3'),
    point('acknowledgement lost', 'stock/2 to order inbox'),
  ]

  assert.deepEqual(moveFaults(faults, groups, { partitions: 1 }), [
    'publish lost @ order order/0 # 2',
    'acknowledgement lost @ stock/0 to order inbox # 2',
  ])
})

test('a fault of a call is one of the only client', () => {
  assert.deepEqual(moveFaults([point('call lost', 'client 3 to stock')], groups, { clients: 1 }), [
    'call lost @ client 1 to stock # 2',
  ])
})

test('an episode of a process may be one of any process, and one of a service stays', () => {
  const faults = [point('crash', 'stock+payment', 1), point('topic lost', 'billing', 1)]

  const moved = moveFaults(faults, groups, { shape: 'one process' })

  assert.ok(moved.includes('crash @ process # 1'))
  assert.ok(moved.includes('topic lost @ billing # 1'))
})

test('nothing is renamed where nothing has moved', () => {
  const faults = [point('store slow', 'order order'), point('crash', 'order')]

  assert.deepEqual(
    moveFaults(faults, groups, { calm: 0.1 }),
    faults.map(({ id }) => id),
  )
})
