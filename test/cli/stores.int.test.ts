// The stores that a configuration names.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { readSettings } from '../../src/cli/config/read-settings.ts'
import { openStores } from '../../src/cli/processes/open-stores.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { RuntimeReport } from '../../src/runtime/index.ts'
import { startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'
import { createPlayground, type Playground } from './dure.ts'

async function open(
  place: Playground,
  environment: Readonly<Record<string, string>>,
  report: (report: RuntimeReport) => void = () => undefined,
): Promise<StoreProvider> {
  using clock = nodeClock()
  const { values } = readSettings({
    environment: { DURE_DATA: place.path('data'), ...environment },
  })
  return await openStores({ settings: values, system: 'shop', clock, report })
}

describe('where services store what they have', () => {
  it('cannot be tailed when it is a file', async () => {
    using place = createPlayground()

    const opening = open(place, { DURE_RELAY: 'tailing' })

    const message = /"relay" is tailing, and "store" is sqlite/
    await assert.rejects(opening, { code: 'CONFIG_INVALID', message })
  })

  it('is read from the standby that the configuration names, unless it is none', {
    skip: whyNoPrivatePostgres(),
  }, async () => {
    using place = createPlayground()
    await using server = await startPostgres()
    const url = await server.createDatabase()
    const told = Promise.withResolvers<RuntimeReport>()
    const environment = {
      DURE_STORE: 'postgres',
      DURE_POSTGRES_URL: url,
      DURE_POSTGRES_READ_URL: url,
      DURE_DURABILITY: 'relaxed',
    }
    const stores = await open(place, environment, told.resolve)
    await using store = await stores.open('stock', { partitions: 1 })

    const { level, message } = await told.promise

    assert.equal(level, 'warn')
    assert.match(message, /from the primary, and not from the standby: it is no standby/)
    assert.deepEqual(await store.snapshotLate?.([{ kind: 'get', view: 'v', key: 'k' }]), [
      { kind: 'documents', documents: [] },
    ])
  })

  it('has no standby when it is a file', async () => {
    using place = createPlayground()

    const opening = open(place, { DURE_POSTGRES_READ_URL: 'postgres://localhost/shop' })

    const message = /DURE_POSTGRES_READ_URL names a standby, and "store" is sqlite/
    await assert.rejects(opening, { code: 'CONFIG_INVALID', message })
  })

  it('is a server that is tailed, when the configuration says so', {
    skip: whyNoPrivatePostgres(),
  }, async () => {
    using place = createPlayground()
    await using server = await startPostgres({ settings: { wal_level: 'logical' } })
    const url = await server.createDatabase()
    await server.run('CREATE ROLE mover LOGIN SUPERUSER')
    const mover = new URL(url)
    mover.username = 'mover'
    const stores = await open(place, {
      DURE_STORE: 'postgres',
      DURE_POSTGRES_URL: url,
      DURE_POSTGRES_TAIL_URL: mover.href,
      DURE_RELAY: 'tailing',
      DURE_DURABILITY: 'relaxed',
    })
    await using store = await stores.open('stock', { partitions: 1 })
    const begun = Promise.withResolvers<void>()

    const following = store.follow?.({
      begun: () => begun.resolve(),
      told: () => undefined,
      ended: (reason) => begun.reject(new assert.AssertionError({ message: reason })),
    })
    await begun.promise

    const tailers = await server.run(
      `SELECT usename FROM pg_stat_activity WHERE backend_type = 'walsender'`,
    )
    assert.deepEqual(tailers, [{ usename: 'mover' }])
    await following?.[Symbol.asyncDispose]()
  })
})
