import { type SagaFailure, saga } from 'dure'
import { Cart } from './cart/contract.ts'
import { Order } from './order/contract.ts'
import { priceLine, sellersOf } from './order/totals.ts'
import { DeclinedBill, Payment } from './payment/contract.ts'
import { Shipment } from './shipment/contract.ts'
import { Stock } from './stock/contract.ts'
import { cartLinesMax, checkoutKey } from './values.ts'

/** How long a checkout may take until it is paid, in milliseconds. Then it is given up and undone. */
export const checkoutDeadlineMs = 60_000

/**
 * The checkout: what can be reserved is ordered, paid, and shipped.
 *
 * Lines that cannot be reserved are left out. Payment decides: a declined one gives the reserved units back and
 * ends the order, an accepted one is always shipped. The paid units leave the stock by the stock's own policy.
 */
export const Checkout = saga('checkout', {
  input: Cart.CheckoutRequested.schema,
  key: checkoutKey,
  deadlineMs: checkoutDeadlineMs,
})
  .startsOn(Cart.CheckoutRequested, (event) => event)
  .each('reserved', {
    of: ({ input }) => input.lines,
    max: cartLinesMax,
    rejection: 'collect',
    run: ({
      input: { customerId, transaction },
      item: { sellerId, productId, quantity, version },
    }) => Stock.reserve({ sellerId, productId, quantity, version, customerId, transaction }),
    undo: ({ input: { customerId, transaction }, item: { sellerId, productId } }) =>
      Stock.release({ sellerId, productId, customerId, transaction }),
  })
  .ensure('something-reserved', ({ reserved }) => reserved.some(({ ok }) => ok))
  .step('order', {
    run: ({ input: { transaction, customerId }, reserved }) =>
      Order.create({ transaction, customerId, lines: linesOf(reserved) }),
    undo: ({ input: { customerId }, reserved, result: { orderId } }) =>
      Order.fail({ customerId, orderId, sellers: sellersOf(linesOf(reserved)) }),
  })
  .pivot('payment', {
    run: ({ input: { transaction, customerId, payment }, reserved, order }) => {
      const { orderId, invoiceNumber, totalInvoiceCents } = order
      const bill = { transaction, customerId, orderId, invoiceNumber, totalInvoiceCents, payment }
      const lines = linesOf(reserved).map(priceLine)
      return Payment.pay({
        ...bill,
        lines: lines.map(({ sellerId, productId, quantity, discountCents }) => ({
          sellerId,
          productId,
          quantity,
          discountCents,
        })),
      })
    },
  })
  .step('paid', {
    run: ({ input: { customerId }, reserved, order: { orderId }, payment: { paidAtMs } }) =>
      Order.markPaid({
        customerId,
        orderId,
        sellers: sellersOf(linesOf(reserved)),
        atMs: paidAtMs,
      }),
  })
  .step('shipment', {
    run: ({ input: { transaction, customerId, address }, reserved, order: { orderId } }) =>
      Shipment.create({
        transaction,
        customerId,
        orderId,
        address,
        packages: linesOf(reserved).map(
          ({ sellerId, productId, productName, freightCents, quantity }) => ({
            sellerId,
            productId,
            productName,
            freightCents,
            quantity,
          }),
        ),
      }),
  })
  .step('ready', {
    run: ({ input: { customerId }, reserved, order: { orderId }, shipment }) =>
      Order.markReady({
        customerId,
        orderId,
        sellers: sellersOf(linesOf(reserved)),
        atMs: shipment.requestedAtMs,
      }),
  })
  .otherwise(({ input: { transaction, customerId }, failure }) =>
    noticeOf({ transaction, customerId }, failure),
  )

/** The lines that were reserved, as they are ordered. */
function linesOf<Item extends object>(
  reserved: readonly { readonly ok: boolean; readonly item: Item }[],
): Item[] {
  return reserved.filter(({ ok }) => ok).map(({ item }) => item)
}

type Notice = ReturnType<typeof Stock.refuseCheckout | typeof Payment.refuse | typeof Order.abort>

/** Who ends the transaction of a checkout that was undone: the service at which it failed. */
function noticeOf(
  checkout: { readonly transaction: string; readonly customerId: number },
  failure: SagaFailure,
): Notice {
  if (failure.rejected === 'NotEnsured') return Stock.refuseCheckout(checkout)
  if (failure.rejected === 'Declined') return Payment.refuse(DeclinedBill.parse(failure.data))
  return Order.abort(checkout)
}
