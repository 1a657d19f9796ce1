import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { type RunningSystem, startSystem } from '../../src/runtime/index.ts'
import { Order, Payment, Stock, shop } from '../systems/shop.ts'

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
const clock = nodeClock()

interface Life {
  readonly answered: readonly string[]
  readonly code: number | null
  readonly errors: string
}

/** Lets a worker live until it has answered so many orders, and sends it a signal. */
function live(
  folder: string,
  prefix: string,
  end: { answers: number; signal: NodeJS.Signals },
): Promise<Life> {
  const child = spawn(process.execPath, ['--conditions=dure-source', worker, folder, prefix])
  let text = ''
  let errors = ''
  let isEnded = false
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    if (isEnded || text.split('\n').length - 2 < end.answers) return
    isEnded = true
    child.kill(end.signal)
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      // The last piece is cut off or empty: an answer counts when its line is whole.
      const answered = text
        .split('\n')
        .slice(0, -1)
        .filter((line) => line !== 'ready')
      resolve({ answered, code, errors })
    })
  })
}

async function settle(running: RunningSystem): Promise<void> {
  const limitMs = clock.nowMs() + 60_000
  while (!(await running.idle()).idle) {
    assert.ok(clock.nowMs() < limitMs, 'nothing may be left to do')
    await new Promise<void>((resolve) => clock.after(5, resolve))
  }
}

async function output(
  running: RunningSystem,
  query: Parameters<RunningSystem['query']>[0],
): Promise<unknown> {
  const answer = await running.query(query)
  return answer.ok ? answer.output : answer.rejected
}

describe('a process that is killed at any moment', () => {
  it('loses nothing that was answered, doubles nothing, and leaves nothing stuck', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dure-kill-'))
    try {
      const answered: string[] = []
      for (let round = 1; round <= 6; round += 1) {
        const life = await live(folder, `r${round}`, { answers: round * 37, signal: 'SIGKILL' })
        assert.equal(life.errors, '')
        answered.push(...life.answered)
      }

      await using running = await startSystem(shop(), {
        stores: sqliteStores({ folder }),
        broker: memoryBroker({ clock }),
        clock,
      })
      await settle(running)

      for (const orderId of answered) {
        const status = await output(running, Order.status({ orderId }))
        const isBroke = Number(orderId.split('-')[1]) % 4 === 0
        assert.deepEqual(status, { status: isBroke ? 'failed: Declined' : 'confirmed' }, orderId)
      }
      const spent = (await output(running, Payment.spent({ account: 'ann' }))) as {
        cents: number
        payments: number
      }
      const stock = await output(running, Stock.item({ item: 'tea' }))
      assert.equal(spent.cents, spent.payments * 100)
      assert.deepEqual(stock, { available: 1_000_000, reserved: spent.payments * 3 })
      assert.deepEqual(await running.parked(), [])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('stops on SIGTERM with exit code 0', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dure-term-'))
    try {
      const life = await live(folder, 'r', { answers: 50, signal: 'SIGTERM' })

      assert.deepEqual({ code: life.code, errors: life.errors }, { code: 0, errors: '' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
