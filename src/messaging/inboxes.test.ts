import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBroker } from '../adapters/memory/broker.ts'
import { virtualClock } from '../adapters/memory/clock.ts'
import { DureError } from '../language/errors.ts'
import type { Workspace } from '../runtime/workspace.ts'
import { cursorOf, type Following, followLogs } from './inboxes.ts'
import { ownLeases } from './leases/leases.ts'
import { loadParkedKeys } from './parked.ts'

const clock = virtualClock()
const cursor = { consumer: 'inbox', source: 'order', incarnation: 'i1', partition: 1, position: 9 }

interface Bench {
  readonly following: Following
  readonly failures: unknown[]
  readonly pass: (partition: number, through: number) => Promise<void>
}

async function follow(workspace: Workspace): Promise<Bench> {
  const broker = memoryBroker({ clock })
  const failures: unknown[] = []
  const ignore = (): void => undefined
  const parkedKeys = await loadParkedKeys({ parked: async () => [] } as never)
  const place = { reread: async () => [cursor], leases: ownLeases }
  const options = { broker, clock, parkedKeys, ...place, onParked: ignore }
  const onFailure = (_name: string, error: unknown): void => void failures.push(error)
  const following = await followLogs(
    { ...options, onHandled: ignore, onFailure },
    {
      name: 'inbox',
      sources: [{ service: 'order', incarnation: 'i1', partitions: 2 }],
      wants: () => true,
      handle: ignore,
      workspace,
    },
  )
  return {
    following,
    failures,
    async pass(partition, through) {
      const after = following.consumers[partition]?.position ?? 0
      const topic = `order/${partition}`
      await broker.publish({ topic, incarnation: 'i1', after, through, messages: [] })
      await clock.advance(10)
    },
  }
}

const broken: Workspace = {
  cells: 0,
  forget: () => undefined,
  submit: async () => {
    throw new DureError('STORE_CLOSED', 'The store is closed.')
  },
}

describe('following logs', () => {
  it('goes on from the stored cursor of each partition, from the start without one', async () => {
    const { following } = await follow(broken)

    assert.deepEqual(
      following.consumers.map(({ partition, position }) => [partition, position]),
      [
        [0, 0],
        [1, 9],
      ],
    )
    await following.stop()
  })

  it('starts over where the cursor is of another incarnation, consumer, service or partition', () => {
    const { position: _position, ...place } = cursor
    const others = [
      { incarnation: 'i2' },
      { consumer: 'view:a@1' },
      { source: 'stock' },
      { partition: 0 },
    ]

    assert.equal(cursorOf([cursor], place), 9)
    assert.deepEqual(
      others.map((each) => cursorOf([cursor], { ...place, ...each })),
      [0, 0, 0, 0],
    )
  })

  it('stops also when the store takes no cursor any more, and tells of it', async () => {
    const { following, failures, pass } = await follow(broken)
    await pass(0, 5)

    await following.stop()

    assert.deepEqual(
      [following.consumers[0]?.position, failures.map((each) => (each as DureError).code)],
      [5, ['STORE_CLOSED']],
    )
  })
})
