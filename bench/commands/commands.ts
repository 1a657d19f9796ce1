import assert from 'node:assert/strict'
import type { CommandAnswer, RunningSystem } from '../../src/runtime/running-system.port.ts'
import { Warehouse } from '../systems/warehouse.ts'

/** Over which streams commands are spread: a new one for each command, or always the same ten. */
export type Pattern = 'new streams' | 'ten streams'

const hotStreams = 10
/** Warehouses that items are spread over; what the index of the view tells apart. */
export const warehouseCount = 500

/** The item that command number `index` is about. */
export function itemOf(pattern: Pattern, index: number): string {
  return pattern === 'new streams'
    ? `sku-${String(index).padStart(9, '0')}`
    : `hot-${index % hotStreams}`
}

/** Reserves something of an item, and asserts that it was done. */
export async function reserve(
  running: RunningSystem,
  item: string,
  options: { readonly index: number; readonly id?: string },
): Promise<CommandAnswer> {
  const { index, id } = options
  const command = Warehouse.reserve({
    item,
    reservation: `reservation-${index}`,
    quantity: 3,
    customer: 'customer-0000067890',
    warehouse: `warehouse-${index % warehouseCount}`,
    remark: 'leave it at the door please',
  })
  const answer = await running.execute(command, id === undefined ? {} : { id })
  assert.ok(answer.ok)
  return answer
}
