// What is true of the stock.
import { type Invariant, watch } from 'dure/simulate'
import { Payment } from '../payment/contract.ts'
import { Stock } from '../stock/contract.ts'
import { StockItem } from '../stock/item.ts'
import { checkoutKey, itemKey } from '../values.ts'

interface Account {
  available: number
  sold: number
  /** Units that were paid for and have not left yet, by checkout. */
  readonly paid: Map<string, number>
  /** Units kept back, by checkout. */
  readonly reserved: Map<string, number>
}

const accountsOf = (): Map<string, Account> => new Map()

function accountOf(accounts: Map<string, Account>, item: Parameters<typeof itemKey>[0]): Account {
  const key = itemKey(item)
  const account = accounts.get(key) ?? {
    available: 0,
    sold: 0,
    paid: new Map(),
    reserved: new Map(),
  }
  accounts.set(key, account)
  return account
}

function reservedOf({ reserved }: Account): number {
  return reserved.values().reduce((sum, quantity) => sum + quantity, 0)
}

/** An account of its own, made of nothing but what was told; at rest the stock says the same. */
const stockIsConserved = watch(
  'stock is conserved, and nothing is sold that is not there',
  accountsOf,
)
  .on(Stock.StockRegistered, (accounts, { data }) => {
    accountOf(accounts, data).available = data.available
    return true
  })
  .on(Stock.StockIncreased, (accounts, { data }) => {
    accountOf(accounts, data).available += data.quantity
    return true
  })
  .on(Stock.StockReserved, (accounts, { data }) => {
    const account = accountOf(accounts, data)
    if (account.reserved.has(checkoutKey(data))) return `${itemKey(data)}: reserved twice`
    account.reserved.set(checkoutKey(data), data.quantity)
    const kept = reservedOf(account)
    if (kept > account.available)
      return `${itemKey(data)}: ${kept} reserved of ${account.available}`
    return true
  })
  .on(Stock.StockReleased, (accounts, { data }) => {
    const account = accountOf(accounts, data)
    if (account.reserved.get(checkoutKey(data)) !== data.quantity) {
      return `${itemKey(data)}: ${data.quantity} released that were not reserved`
    }
    account.reserved.delete(checkoutKey(data))
    return true
  })
  .on(Payment.PaymentConfirmed, (accounts, { data }) => {
    for (const line of data.lines)
      accountOf(accounts, line).paid.set(checkoutKey(data), line.quantity)
    return true
  })
  .on(Stock.StockConfirmed, (accounts, { data }) => {
    const account = accountOf(accounts, data)
    if (account.paid.get(checkoutKey(data)) !== data.quantity) {
      return `${itemKey(data)}: ${data.quantity} sold that were not paid`
    }
    account.paid.delete(checkoutKey(data))
    if (account.reserved.get(checkoutKey(data)) !== data.quantity) {
      return `${itemKey(data)}: ${data.quantity} sold that were not reserved`
    }
    account.reserved.delete(checkoutKey(data))
    account.available -= data.quantity
    account.sold += 1
    return account.available >= 0 || `${itemKey(data)}: ${account.available} left`
  })
  .atRest((accounts, facts) => {
    const states = facts.states(StockItem)
    for (const [key, account] of accounts) {
      const kept = reservedOf(account)
      if (account.paid.size > 0) return `${key}: paid units are still there`
      if (kept !== 0) return `${key}: ${kept} reserved for nobody`
      const state = states.get(key)
      const isSame =
        state?.available === account.available &&
        state.reserved === 0 &&
        state.orderCount === account.sold
      if (!isSame) return `${key}: ${JSON.stringify(state)} should have ${JSON.stringify(account)}`
    }
    return true
  })

export const stockInvariants: readonly Invariant[] = [stockIsConserved]
