import { CommandHandler } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import type { BenchServer } from './server.ts'

interface Reserved {
  readonly type: 'Reserved'
  readonly data: {
    readonly item: string
    readonly reservation: string
    readonly quantity: number
    readonly customer: string
    readonly warehouse: string
    readonly remark: string
  }
}

export interface EmmettShop extends AsyncDisposable {
  /** Reads the stream, decides, and appends one event. */
  reserve(item: string, index: number): Promise<void>
}

/** The same commands as Emmett's users write them: its command handler over its store on Postgres, without a projection. */
export async function openEmmett({ url }: BenchServer): Promise<EmmettShop> {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  const handle = CommandHandler({
    evolve: ({ reserved }: { reserved: number }, { data }: Reserved) => ({
      reserved: reserved + data.quantity,
    }),
    initialState: () => ({ reserved: 0 }),
  })
  return {
    async reserve(item, index) {
      await handle(store, `item-${item}`, () => ({
        type: 'Reserved',
        data: {
          item,
          reservation: `reservation-${index}`,
          quantity: 3,
          customer: 'customer-0000067890',
          warehouse: `warehouse-${index % 500}`,
          remark: 'leave it at the door please',
        },
      }))
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}
