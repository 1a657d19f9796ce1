// The marketplace keeps all that it promises also where each service runs in processes of its own, which reach each other
// by feeds alone, or by a broker on servers.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { join } from 'node:path'
import { allChecks } from '../../examples/marketplace/verify/all-checks.ts'
import { createMarket, type Market } from '../../examples/marketplace/verify/market.ts'
import { createPlayground, type Dure, startDure } from '../cli/dure.ts'
import { urlOf } from '../cli/own-shop.ts'
import { openNats, whyNoNats } from '../servers/nats.ts'
import { openPostgres, whyNoPostgres } from '../servers/postgres.ts'

const file = join(import.meta.dirname, '../../examples/marketplace/system.ts')

interface Shape {
  readonly name: string
  readonly skip: string | false
  readonly words: readonly string[]
  /** Starts the servers that it needs, and says where they are. */
  readonly prepare: (stack: AsyncDisposableStack) => Promise<Readonly<Record<string, string>>>
}

const shapes: readonly Shape[] = [
  { name: 'SQLite and feeds', skip: false, words: [], prepare: async () => ({}) },
  {
    name: 'Postgres and NATS, with replicas',
    skip: whyNoPostgres() || whyNoNats(),
    words: ['--scale', 'order=2,stock=2,gateway=2'],
    async prepare(stack) {
      const postgres = stack.use(await openPostgres())
      const nats = stack.use(await openNats())
      return {
        DURE_STORE: 'postgres',
        // A server of tests does not wait for its disk.
        DURE_DURABILITY: 'relaxed',
        DURE_POSTGRES_URL: await postgres.createDatabase(),
        DURE_BROKER: 'nats',
        DURE_BROKER_URL: nats.url,
        DURE_PARTITIONS: '2',
      }
    },
  },
]

for (const { name, skip, words, prepare } of shapes) {
  describe(`the marketplace in processes on ${name}`, { skip }, () => {
    const stack = new AsyncDisposableStack()
    let run: Dure
    let market: Market

    before(async () => {
      const folder = stack.use(createPlayground())
      const env = await prepare(stack)
      const data = folder.path('data')
      run = startDure(['up', file, '--data', data, '--port', '0', ...words], { env })
      market = createMarket(await urlOf(run))
    })
    after(async () => {
      run.child.kill('SIGTERM')
      const { code } = await run.ended
      await stack.disposeAsync()
      assert.equal(code, 0)
    })

    for (const { id, promise, run: check } of allChecks) {
      it(`${id}: ${promise}`, async () => {
        await market.cleanUp()
        await check(market)
      })
    }
  })
}
