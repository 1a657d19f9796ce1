import type { StoreProvider } from '../../log/store.port.ts'
import { agendaPromises } from './store/agenda.contract.ts'
import { checkPromises } from './store/check.contract.ts'
import { commitPromises } from './store/commit.contract.ts'
import { conflictPromises } from './store/conflict.contract.ts'
import { documentPromises } from './store/document.contract.ts'
import { findPromises } from './store/find.contract.ts'
import { exclusivePromises, lifetimePromises, sharedPromises } from './store/lifetime.contract.ts'
import { followPromises } from './store/follow.contract.ts'
import { logPromises } from './store/log.contract.ts'
import { streamPromises } from './store/stream.contract.ts'
import { createTrial, type StorePromise } from './store/trial.ts'
import type { PortContract } from './verify-contract.ts'

export interface StoreContractOptions {
  /** Into how many partitions the logs under test are divided. */
  readonly partitions: number
  /** What the adapter declares in `supports.shared`. */
  readonly shared: boolean
}

/** What every provider of stores keeps. Each promise gets a provider with nothing stored. */
export function storeContract({
  partitions,
  shared,
}: StoreContractOptions): PortContract<StoreProvider> {
  const promises = [
    ...commitPromises,
    ...conflictPromises,
    ...checkPromises,
    ...logPromises,
    ...streamPromises,
    ...documentPromises,
    ...findPromises,
    ...agendaPromises,
    ...lifetimePromises,
    ...(shared ? sharedPromises : exclusivePromises),
  ]
  return contractOf('store', promises, partitions)
}

/** What every provider of stores keeps that have `follow`. Each promise gets a provider with nothing stored. */
export function toldStoreContract({
  partitions,
}: Pick<StoreContractOptions, 'partitions'>): PortContract<StoreProvider> {
  return contractOf('store that tells of its log', followPromises, partitions)
}

function contractOf(
  port: string,
  promises: readonly StorePromise[],
  partitions: number,
): PortContract<StoreProvider> {
  return {
    port: `${port} with ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`,
    promises: promises.map(({ promise, check }) => ({
      promise,
      check: (stores) => check(createTrial(stores, partitions)),
    })),
  }
}
