import type { Command, RunningSystem } from 'dure'
import { Customer } from './customer/contract.ts'
import type { Catalogue, Row } from './generate.ts'
import { Product } from './product/contract.ts'
import { readCustomerRow } from './routes/customer.ts'
import { readProductRow } from './routes/product.ts'
import { readSellerRow } from './routes/seller.ts'
import { readStockRow } from './routes/stock.ts'
import { Seller } from './seller/contract.ts'
import { Stock } from './stock/contract.ts'

/** Rows that are handed in together. */
const rowsAtOnce = 500

export interface IngestProgress {
  readonly done: number
  readonly total: number
}

type Target = Pick<RunningSystem, 'execute' | 'status'>

/** Services that hold what a catalogue fills. */
const filled = ['product', 'stock', 'seller', 'customer']

/** Whether nobody has put anything into the marketplace: only then is it filled. */
export async function isUntouched(target: Target): Promise<boolean> {
  const { services } = await target.status()
  return services.every(({ name, position }) => position === 0 || !filled.includes(name))
}

/**
 * Hands a catalogue in. Repeated after an interruption it goes on: every row has a command id of its own, so what is
 * there already, and what became of it since, stays as it is.
 */
export async function ingest(
  target: Target,
  catalogue: Catalogue,
  progress: (at: IngestProgress) => void,
): Promise<void> {
  const { sellers, products, customers } = catalogue.counts
  const total = sellers + 2 * products + customers
  let done = 0
  for (const commands of inGroups(commandsOf(catalogue))) {
    const first = done
    await Promise.all(
      commands.map((command, index) =>
        target.execute(command, { id: `ingest/${catalogue.name}/${first + index}` }),
      ),
    )
    done += commands.length
    progress({ done, total })
  }
}

function* commandsOf(catalogue: Catalogue): Iterable<Command> {
  yield* commandsFor(catalogue.sellers(), (row) => Seller.register(readSellerRow(row)))
  yield* commandsFor(catalogue.stock(), (row) => Stock.register(readStockRow(row)))
  yield* commandsFor(catalogue.products(), (row) => Product.register(readProductRow(row)))
  yield* commandsFor(catalogue.customers(), (row) => Customer.register(readCustomerRow(row)))
}

function* commandsFor(rows: Iterable<Row>, make: (row: Row) => Command): Iterable<Command> {
  for (const row of rows) yield make(row)
}

function* inGroups(commands: Iterable<Command>): Iterable<readonly Command[]> {
  let group: Command[] = []
  for (const command of commands) {
    group.push(command)
    if (group.length < rowsAtOnce) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
