import { aggregate } from 'dure'
import { orderKey } from '../values.ts'
import { Payment, type PaymentLine } from './contract.ts'
import { PaymentProvider } from './provider.ts'

interface PaymentState {
  readonly payments: readonly PaymentLine[]
  readonly card: {
    readonly number: string
    readonly holderName: string
    readonly expiration: string
    readonly brand: string
  } | null
  readonly atMs: number
}

interface Bill {
  readonly type: 'CREDIT_CARD' | 'DEBIT_CARD' | 'BOLETO'
  readonly installments: number
  readonly totalInvoiceCents: number
}

/** The payment of one order. */
export const OrderPayment = aggregate(Payment, 'payment', {
  stored: 'state',
  key: orderKey,
  initial: (): PaymentState => ({ payments: [], card: null, atMs: 0 }),
  prepare: {
    pay: async ({ customerId, totalInvoiceCents, invoiceNumber, transaction, payment }, { use }) =>
      payment.card
        ? use(PaymentProvider).charge({
            customerId,
            amountCents: totalInvoiceCents,
            token: payment.card.token,
            invoiceNumber,
            transaction,
          })
        : null,
  },
  decide: {
    pay: (state, command, { prepared, reject, reply, atMs }) => {
      if (isPaid(state)) return reply({ paidAtMs: state.atMs })
      const { transaction, customerId, orderId, totalInvoiceCents, payment, lines } = command
      const { type, installments, card } = payment
      const order = { customerId, orderId }
      const bill = { type, installments, totalInvoiceCents }
      if (prepared && prepared.status !== 'succeeded') {
        return reject.Declined({ transaction, ...order, ...bill })
      }
      const payments = [mainLine(bill, 'succeeded'), ...voucherLines(lines)]
      const confirmed = Payment.PaymentConfirmed({ transaction, ...order, lines, payments, atMs })
      if (!prepared || !card) return reply({ paidAtMs: atMs }, confirmed)
      const { holderName, expiration, brand } = card
      const charged = { number: prepared.cardNumber, holderName, expiration, brand }
      const events = [Payment.CardCharged({ ...order, card: charged }), confirmed]
      return reply({ paidAtMs: atMs }, ...events)
    },
    refuse: (state, { transaction, customerId, orderId, ...bill }, { atMs }) => {
      if (state.payments.length > 0) return []
      const payments = [mainLine(bill, 'requires_payment_method')]
      return Payment.PaymentFailed({ transaction, customerId, orderId, payments, atMs })
    },
  },
  evolve: {
    PaymentConfirmed: (state, { payments, atMs }) => ({ ...state, payments, atMs }),
    CardCharged: (state, { card }) => ({ ...state, card }),
    PaymentFailed: (state, { payments, atMs }) => ({ ...state, payments, atMs }),
  },
})

function isPaid({ payments }: PaymentState): boolean {
  return payments[0]?.status === 'succeeded'
}

/** What the customer pays; vouchers are off it already. */
function mainLine(bill: Bill, status: PaymentLine['status']): PaymentLine {
  const { type, installments, totalInvoiceCents } = bill
  return {
    sequential: 1,
    type,
    installments: type === 'BOLETO' ? 1 : installments,
    valueCents: totalInvoiceCents,
    status,
  }
}

/** For information: what the vouchers were worth, line by line. */
function voucherLines(lines: readonly { readonly discountCents: number }[]): PaymentLine[] {
  return lines
    .filter(({ discountCents }) => discountCents > 0)
    .map(({ discountCents }, index) => ({
      sequential: index + 2,
      type: 'VOUCHER',
      installments: 1,
      valueCents: discountCents,
      status: 'succeeded',
    }))
}
