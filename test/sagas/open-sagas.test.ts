// How many sagas are open is what the store says: a process that has died may have begun or ended some of them after
// its successor has started.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { Desk, Patient, type Style, smallSystem } from './small-saga.ts'

/** Stores that one process has open at a time; what another one has sent before it died may still arrive. */
function storesOfOne(): StoreProvider {
  const inner = memoryStores({ shared: true })
  return {
    erase: (name) => inner.erase(name),
    async open(name, options) {
      const store = await inner.open(name, options)
      return { ...store, supports: { ...store.supports, shared: false } }
    },
  }
}

interface Process extends AsyncDisposable {
  readonly running: RunningSystem
  /** Lets it do what it has to do: nothing happens in it otherwise. */
  readonly work: () => Promise<unknown>
  readonly openSagas: () => Promise<number | undefined>
}

interface Started {
  readonly stores: StoreProvider
  readonly style: Style
  /** The services of the process; all without it. */
  readonly here?: readonly string[]
}

async function start({ stores, style, here }: Started): Promise<Process> {
  const clock = virtualClock()
  const running = await startSystem(smallSystem(style, Patient), {
    stores,
    clock,
    broker: memoryBroker({ clock }),
    ...(here && { here }),
    report: () => undefined,
  })
  return {
    running,
    work: () => clock.advance(1_000),
    openSagas: async () => (await running.idle()).services['desk']?.sagasOpen,
    [Symbol.asyncDispose]: () => running.stop(),
  }
}

for (const style of ['orchestrated', 'choreographed'] as const) {
  test(`a saga that is ${style}, and that a dying process began, is known to its successor`, async () => {
    const stores = storesOfOne()
    // Those that the saga goes to are not there.
    await using dying = await start({ stores, style, here: ['desk'] })
    await using successor = await start({ stores, style, here: ['desk'] })

    await dying.running.execute(Desk.ask({ id: 's1', refused: [] }))
    await dying.work()

    assert.equal(await dying.openSagas(), 1)
    assert.equal(await successor.openSagas(), 1)
    assert.equal((await successor.running.idle()).idle, false)
  })

  test(`a saga that is ${style} is open until it ends`, async () => {
    await using process = await start({ stores: memoryStores(), style })

    await process.running.execute(Desk.ask({ id: 's1', refused: [] }))
    await process.work()

    const { instances } = await process.running.sagas({ status: 'completed' })
    assert.equal(instances.length, 1)
    assert.equal(await process.openSagas(), 0)
  })
}
