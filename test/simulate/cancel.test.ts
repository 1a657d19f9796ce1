// An operator who cancels sagas on their way: what he turns back is judged like every other way back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { cancelledShop } from './shop-scenario.ts'

test('sagas that are cancelled at any moment end well, in worlds that fail', async () => {
  const said = new Map<string, number>()
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = { seed } as const
    const options = { scenario: cancelledShop, world, settle, judges, isTold: true }
    const { violations, happenings } = await runWorld(options)

    assert.deepEqual(violations, [], `seed ${seed}`)
    for (const { kind, text } of happenings) {
      const answer = kind === 'answer' ? /^cancel .*: (\w+)$/.exec(text)?.[1] : undefined
      if (answer !== undefined) said.set(answer, (said.get(answer) ?? 0) + 1)
    }
  }

  assert.ok((said.get('compensating') ?? 0) > 0, JSON.stringify([...said]))
  assert.ok((said.get('SAGA_PIVOT_PASSED') ?? 0) > 0, JSON.stringify([...said]))
})
