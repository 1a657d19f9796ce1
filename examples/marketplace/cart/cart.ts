import { aggregate } from 'dure'
import { cartLinesMax, itemKey, type ItemRef, quantityMax } from '../values.ts'
import { CardVault } from './card-vault.ts'
import { Cart, type Repricing, type refusalReasons } from './contract.ts'
import type { OpenLine } from './pricing.ts'

interface CartState {
  readonly exists: boolean
  readonly lines: readonly OpenLine[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

const noCart: CartState = { exists: false, lines: [], createdAtMs: 0, updatedAtMs: 0 }

/** The cart of one customer. */
export const CustomerCart = aggregate(Cart, 'cart', {
  stored: 'state',
  key: ({ customerId }) => String(customerId),
  initial: () => noCart,
  prepare: {
    checkout: async ({ payment: { card } }, { use }) => {
      if (!card) return null
      const { holderName, expiration, brand } = card
      const { token, maskedNumber } = await use(CardVault).exchange(card)
      return { token, maskedNumber, holderName, expiration, brand }
    },
  },
  decide: {
    add: ({ lines }, { customerId, line }, { reject }) => {
      if (line.quantity < 1 || line.quantity > quantityMax) return reject.QuantityInvalid({})
      const isNew = !lines.some((each) => isSameItem(each, line))
      if (isNew && lines.length >= cartLinesMax) return reject.CartFull({})
      return Cart.LineAdded({ customerId, line })
    },
    seal: ({ exists }, { customerId }, { reject }) =>
      exists ? Cart.CartSealed({ customerId }) : reject.NotFound({}),
    discard: ({ exists }, { customerId }, { reject }) =>
      exists ? Cart.CartDiscarded({ customerId }) : reject.NotFound({}),
    reprice: (cart, { customerId, lines }) => {
      const news = lines.filter((line) => isNewsFor(cart, line))
      if (news.length === 0) return []
      return Cart.LinesRepriced({ customerId, lines: news.map(({ of: _of, ...line }) => line) })
    },
    checkout: (cart, command, { prepared, reply }) => {
      const { customerId, transaction, address, payment } = command
      const refused = reasonToRefuse(cart, command)
      if (refused) {
        return reply(
          { refused },
          Cart.CheckoutRefused({ customerId, transaction, reason: refused }),
        )
      }
      const { type, installments } = payment
      return reply(
        {},
        Cart.CheckoutRequested({
          customerId,
          transaction,
          address,
          payment: { type, installments, ...(prepared && { card: prepared }) },
          lines: cart.lines.map(({ addedAtMs: _at, change: _change, ...line }) => line),
        }),
      )
    },
  },
  evolve: {
    LineAdded: (cart, { line }, { atMs }) => ({
      exists: true,
      lines: withLine(cart.lines, { ...line, addedAtMs: atMs, change: 0 }),
      createdAtMs: cart.exists ? cart.createdAtMs : atMs,
      updatedAtMs: atMs,
    }),
    LinesRepriced: (cart, { lines }, { atMs }) => ({
      ...cart,
      lines: cart.lines.map((line) => ({
        ...line,
        ...lines.find((each) => isSameItem(each, line)),
      })),
      updatedAtMs: atMs,
    }),
    CartSealed: (cart, _event, { atMs }) => ({ ...cart, lines: [], updatedAtMs: atMs }),
    CartDiscarded: () => noCart,
    CheckoutRequested: (cart, _event, { atMs }) => ({ ...cart, lines: [], updatedAtMs: atMs }),
  },
})

function reasonToRefuse(
  cart: CartState,
  stated: { readonly customerId: number; readonly statedCustomerId: number },
): (typeof refusalReasons)[number] | undefined {
  if (stated.customerId !== stated.statedCustomerId) return 'CustomerMismatch'
  if (!cart.exists) return 'CartUnknown'
  if (cart.lines.length === 0) return 'CartEmpty'
  return undefined
}

/** Replaces the line of the same product, or adds the line at the end. */
function withLine(lines: readonly OpenLine[], line: OpenLine): readonly OpenLine[] {
  return lines.some((each) => isSameItem(each, line))
    ? lines.map((each) => (isSameItem(each, line) ? line : each))
    : [...lines, line]
}

/** A line may have been replaced since the change was made for it. */
function isNewsFor(cart: CartState, repricing: Repricing): boolean {
  const { of } = repricing
  return cart.lines.some(
    (line) =>
      isSameItem(line, repricing) &&
      line.version === of.version &&
      line.addedAtMs === of.addedAtMs &&
      line.unitPriceCents === of.unitPriceCents &&
      line.voucherCents === of.voucherCents &&
      line.change === of.change,
  )
}

function isSameItem(one: ItemRef, other: ItemRef): boolean {
  return itemKey(one) === itemKey(other)
}
