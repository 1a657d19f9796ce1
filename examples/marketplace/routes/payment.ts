import { route } from 'dure'
import { Payment } from '../payment/contract.ts'
import { z } from 'zod'
import { OutsidePayment } from './answers.ts'
import { pathId, toMoney, toTime } from './outside.ts'

export const paymentRoutes = [
  route('GET /payment/{customerId}/{orderId}', Payment.payment, {
    answers: { 200: { summary: 'The lines of the payment.', body: z.array(OutsidePayment) } },
    reply: ({ payments, card, atMs }, { params }) =>
      payments.map((line) => ({
        customer_id: pathId(params, 'customerId'),
        order_id: pathId(params, 'orderId'),
        sequential: line.sequential,
        type: line.type,
        installments: line.installments,
        value: toMoney(line.valueCents),
        status: line.status,
        created_at: toTime(atMs),
        ...(card &&
          line.sequential === 1 && {
            card: {
              card_number: card.number,
              card_holder_name: card.holderName,
              card_expiration: card.expiration,
              card_brand: card.brand,
            },
          }),
      })),
  }),
]
