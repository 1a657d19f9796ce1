import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBroker, memoryStores } from 'dure/memory'
import { nodeClock } from 'dure/node'
import { type RunningSystem, startSystem } from 'dure/runtime'
import lendingLibrary from './lending-system.ts'
import { Members } from './members/contract.ts'
import { Shelf } from './shelf/contract.ts'

const title = 'Momo'
const clock = nodeClock()

async function open(): Promise<RunningSystem> {
  const running = await startSystem(lendingLibrary, {
    stores: memoryStores(),
    broker: memoryBroker({ clock }),
    clock,
  })
  await running.execute(Shelf.add({ title, copies: 1 }))
  await running.execute(Members.payIn({ memberId: 'ann', cents: 250 }))
  return running
}

async function borrow(running: RunningSystem, memberId: string, loanId: string): Promise<void> {
  await running.execute(Members.borrow({ loanId, memberId, title }))
  const limitMs = clock.nowMs() + 20_000
  while (!(await running.idle()).idle) {
    assert.ok(clock.nowMs() < limitMs, 'the library never came to rest')
    await new Promise<void>((resolve) => clock.after(2, resolve))
  }
}

async function ask(
  running: RunningSystem,
  query: Parameters<RunningSystem['query']>[0],
): Promise<unknown> {
  const answer = await running.query(query)
  return answer.ok ? answer.output : answer.rejected
}

describe('borrowing', () => {
  it('hands a book over for a fee', async () => {
    await using running = await open()

    await borrow(running, 'ann', 'loan-1')

    assert.deepEqual(await ask(running, Members.loan({ loanId: 'loan-1' })), {
      status: 'handed over',
    })
    assert.deepEqual(await ask(running, Members.balance({ memberId: 'ann' })), { cents: 150 })
    assert.deepEqual(await ask(running, Shelf.book({ title })), { free: 0, lent: 1 })
  })

  it('puts the book back on the shelf when the fee cannot be paid', async () => {
    await using running = await open()

    await borrow(running, 'bob', 'loan-1')

    assert.deepEqual(await ask(running, Members.loan({ loanId: 'loan-1' })), {
      status: 'refused: NotEnoughMoney',
    })
    assert.deepEqual(await ask(running, Shelf.book({ title })), { free: 1, lent: 0 })
  })

  it('takes no fee when no copy is left', async () => {
    await using running = await open()
    await borrow(running, 'ann', 'loan-1')

    await borrow(running, 'ann', 'loan-2')

    assert.deepEqual(await ask(running, Members.loan({ loanId: 'loan-2' })), {
      status: 'refused: NoCopyLeft',
    })
    assert.deepEqual(await ask(running, Members.balance({ memberId: 'ann' })), { cents: 150 })
  })
})
