import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DureError } from '../../src/language/errors.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import { layOutSequence } from '../../src/simulate/explain/sequence.ts'
import type { Clock } from '../../src/runtime/clock.port.ts'
import { action, atEnd, scenario, type SimulatedClient } from '../../src/simulate/scenario.ts'
import type { WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { Order, Stock } from '../systems/shop.ts'
import { shopScenario } from './shop-scenario.ts'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function run(seed: number, changed: Partial<typeof shopScenario> = {}): Promise<WorldResult> {
  const world = { scenario: { ...shopScenario, ...changed }, world: { seed }, settle, judges: [] }
  return runWorld({ ...world, isTold: true })
}

test('the same seed gives the same run, and another seed another one', async () => {
  for (const seed of [1, 2, 3]) {
    const [first, again] = [await run(seed), await run(seed)]

    assert.equal(first.hash, again.hash)
    assert.deepEqual(first.happenings, again.happenings)
    assert.notEqual((await run(seed + 100)).hash, first.hash)
  }
})

test('a world comes to rest, though things fail in it', async () => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 40; seed += 1) {
    const result = await run(seed)

    assert.equal(result.end, 'rest', `seed ${seed}: ${JSON.stringify(result.violations)}`)
    for (const { kind } of result.struck) kinds.add(kind)
  }
  assert.ok(kinds.size > 15, [...kinds].join())
})

test('what passes inside one process is told', async () => {
  const world = { seed: 5, shape: 'one process' } as const
  const options = { scenario: { ...shopScenario, faults: [] }, settle, judges: [], world }
  const result = await runWorld({ ...options, isTold: true })
  const messages = result.happenings.filter(({ kind }) => kind === 'message')

  assert.ok(messages.length > 10)
  assert.ok(messages.every(({ from, to, detail }) => from === 'process' && to === from && detail))
  assert.ok(messages.some(({ text }) => text === 'command stock.reserve'))
  const { rows } = layOutSequence(result, 10_000)
  assert.equal(
    rows.filter((row) => row.kind === 'note' && row.note === 'message').length,
    messages.length,
  )
  assert.ok(rows.some(({ text }) => text === 'inbox is given command stock.reserve'))
})

test('a world without faults has none, and every call is answered', async () => {
  const result = await run(5, { faults: [] })

  assert.deepEqual(result.struck, [])
  assert.deepEqual([result.operations.failed, result.operations.unknown], [0, 0])
})

test('a broker that is cut off says so, and is asked again', async () => {
  const codes = new Set<unknown>()
  const broker = (inner: Broker): Broker => ({
    supports: inner.supports,
    wanted: (topic, incarnation) => inner.wanted(topic, incarnation),
    watch: (topic, wake) => inner.watch(topic, wake),
    subscribe: (request) => inner.subscribe(request),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    publish: (batch) =>
      inner.publish(batch).catch((error: unknown) => {
        codes.add(error instanceof DureError && error.code)
        throw error
      }),
  })
  for (let seed = 1; seed <= 10; seed += 1) {
    const kinds = { faults: ['publish lost', 'cut from broker'] } as const
    const scenario = { ...shopScenario, ...kinds }
    const sabotage = { broker }
    const { end } = await runWorld({ scenario, world: { seed }, settle, judges: [], sabotage })
    assert.equal(end, 'rest')
  }
  assert.deepEqual([...codes], ['BROKER_UNAVAILABLE'])
})

test('an invariant that does not hold is a violation, with its words', async () => {
  const { end, violations } = await run(1, { invariants: [atEnd('tea', () => 'is out')] })

  assert.equal(end, 'violated')
  assert.deepEqual(
    violations.map(({ invariant, text }) => [invariant, text]),
    [['tea', 'is out']],
  )
})

test('a command that can never succeed ends the world (SIMULATE_CLIENT_FAILED)', async () => {
  const broken = scenario('broken', {
    system: shopScenario.system,
    actions: [
      action('order', async (client) => {
        await client.insist(Order.confirm({ orderId: 'o' }), { id: 'one' })
        await client.insist(Stock.supply({ item: 'tea', quantity: 1.5 }))
      }),
    ],
  })

  const { violations } = await runWorld({
    scenario: broken,
    world: { seed: 1 },
    settle,
    judges: [],
  })

  assert.match(violations[0]?.text ?? '', /stock\.supply cannot succeed/)
})

test('a client that waits for ever is a violation', async () => {
  const { end, violations } = await run(1, {
    actions: [action('wait', () => new Promise(() => undefined))],
    faults: [],
  })

  assert.equal(end, 'violated')
  assert.equal(violations[0]?.invariant, 'client: wait')
  assert.match(violations[0].text, /never ends/)
})

const loops: Readonly<Record<string, readonly [Partial<typeof shopScenario>, RegExp]>> = {
  'a client that pauses again and again': [
    {
      actions: [
        action(
          'nap',
          forever((client) => client.pause(0)),
        ),
      ],
    },
    /^comes to rest: It goes on after \d+ steps\. Of its last 512 steps: "pause of client \d" \d+ times/,
  ],
  'a client that waits for a time and lets none pass': [
    {
      actions: [
        action(
          'spin',
          forever(async (client) => void client.nowMs),
        ),
      ],
    },
    /^client: spin: The time was asked for 200000 times while no time passed/,
  ],
  'a client that notes without end': [
    {
      actions: [
        action(
          'note',
          forever(async (client) => client.note('again', 1)),
        ),
      ],
    },
    /^client: note: .* was asked for 200000 times/,
  ],
  'a preparation that pauses again and again': [
    { prepare: forever((client) => client.pause(1)) },
    /^comes to rest: It goes on after .*"pause of operator" \d+ times/,
  ],
  'an invariant that looks again and again': [
    {
      invariants: [
        atEnd('look', (facts) => {
          while (facts.events(Order.Placed).length >= 0);
          return true
        }),
      ],
    },
    /^look: It cannot be judged: A fact was asked for 200000 times/,
  ],
}

function forever(work: (client: SimulatedClient) => Promise<void>) {
  return async (client: SimulatedClient): Promise<void> => {
    for (;;) await work(client)
  }
}

for (const [name, [changed, says]] of Object.entries(loops)) {
  test(`${name} ends its world, which names the last places (SIMULATE_ENDLESS)`, async () => {
    const { end, violations } = await run(1, { ...changed, faults: [] })
    const [first] = violations

    assert.equal(end, 'violated')
    assert.match(`${first?.invariant}: ${first?.text}`, says)
  })
}

test('what comes again and again within one step ends its world', async () => {
  const clock = (inner: Clock): Clock => ({
    ...inner,
    nowMs: () => inner.nowMs(),
    defer(task) {
      const again = (): void => inner.defer(again)
      inner.defer(again)
      inner.defer(task)
    },
  })
  const { violations } = await runWorld({
    scenario: shopScenario,
    world: { seed: 1 },
    settle,
    judges: [],
    sabotage: { clock },
  })

  assert.match(
    `${violations[0]?.invariant}: ${violations[0]?.text}`,
    /^comes to rest: Time stands still: "turn of .*" comes again and again within one step/,
  )
})

test('a pause has a length', async () => {
  const pauses = action('pause', (client) => client.pause(Number.POSITIVE_INFINITY))

  const { violations } = await run(1, { actions: [pauses], faults: [] })

  assert.match(violations[0]?.text ?? '', /cannot pause for Infinity ms: give a number/)
})

test('an action has a weight above nothing', () => {
  for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => action('nothing', async () => undefined, weight), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  }
})
