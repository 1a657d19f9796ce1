// One replica: runs the ledger on Postgres, and counts what its parent tells it to until that lets go of it.
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { ledgerSystem, Source } from '../promises/ledger-world.ts'

const [url = '', partitions = '1'] = process.argv.slice(2)
const clock = nodeClock()
const running = await startSystem(ledgerSystem(), {
  stores: postgresStores({ url }),
  broker: memoryBroker({ clock }),
  clock,
  partitions: Number(partitions),
})

process.on('message', (id: string) => {
  const key = id.slice(0, id.indexOf('/'))
  void running.execute(Source.count({ key }), { id }).then(
    () => process.send?.(id),
    // Whoever asked asks again.
    () => undefined,
  )
})
process.on('disconnect', () => {
  void running.stop().then(() => {
    clock[Symbol.dispose]()
    process.exit(0)
  })
})
process.send?.('ready')
