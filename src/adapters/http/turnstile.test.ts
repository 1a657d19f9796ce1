import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurnstile } from './turnstile.ts'

test('work comes and goes', () => {
  const turnstile = createTurnstile()

  for (let round = 0; round < 3; round += 1) {
    turnstile.enter()
    turnstile.enter()
    turnstile.leave()
    turnstile.leave()
  }
})

test('waits for the work of others, keeps more of it out meanwhile, and lets it in afterwards', async () => {
  const turnstile = createTurnstile()
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen: string[] = []
  for (let count = 0; count < 3; count += 1) turnstile.enter()

  const alone = turnstile.alone(1, async () => {
    seen.push('alone')
    await promise
    return 'done'
  })
  assert.throws(() => turnstile.enter(), { code: 'HTTP_WORK_HELD' })
  turnstile.leave()
  await Promise.resolve()
  seen.push('one left')
  turnstile.leave()
  await Promise.resolve()
  await Promise.resolve()
  assert.throws(() => turnstile.enter(), { code: 'HTTP_WORK_HELD' })
  resolve()

  assert.equal(await alone, 'done')
  assert.deepEqual(seen, ['one left', 'alone'])
  turnstile.enter()
})

test('only one at a time has the system to himself, and a task that fails gives it back', async () => {
  const turnstile = createTurnstile()

  const first = turnstile.alone(0, async () => {
    throw new RangeError('no')
  })
  const second = turnstile.alone(0, async () => undefined)

  await assert.rejects(second, { code: 'HTTP_WORK_HELD' })
  await assert.rejects(first, RangeError)
  await turnstile.alone(0, async () => turnstile.leave())
  turnstile.enter()
})
