import { composed, type RouteCalls, type RouteRequest, type RouteResponse, route } from 'dure'
import { z } from 'zod'
import { Cart, type CartLine } from '../cart/contract.ts'
import { PaymentType } from '../values.ts'
import {
  fromBody,
  Money,
  OutsideId,
  OutsideText,
  pathId,
  refusal,
  Tid,
  tolerant,
  toCents,
  toMoney,
  toTime,
} from './outside.ts'
import {
  OutsideCart,
  OutsideItem,
  OutsideReplica,
  pathShapes,
  Transacted,
  usedTid,
} from './answers.ts'
import { transactionOf } from './transactions.ts'

const CartItemBody = z.object({
  SellerId: OutsideId,
  ProductId: OutsideId,
  ProductName: OutsideText,
  UnitPrice: Money,
  FreightValue: Money.default(0),
  Quantity: z.int(),
  Voucher: Money.default(0),
  Version: z.string().min(1).max(100).default('0'),
})
type CartItem = z.infer<typeof CartItemBody>

const CheckoutBody = z
  .object({
    CustomerId: OutsideId,
    FirstName: OutsideText,
    LastName: OutsideText,
    Street: OutsideText,
    Complement: OutsideText,
    City: OutsideText,
    State: OutsideText,
    ZipCode: OutsideText,
    PaymentType,
    CardNumber: z.string().max(40).default(''),
    CardHolderName: OutsideText,
    CardExpiration: z.string().max(40).default(''),
    /** Read and thrown away: it must not be stored anywhere, and a command's fingerprint is stored. */
    CardSecurityNumber: z.string().max(10).default(''),
    CardBrand: z.string().max(40).default(''),
    Installments: z.int().min(0).max(1_000).default(1),
    instanceId: Tid,
  })
  .refine((body) => body.PaymentType === 'BOLETO' || body.CardNumber !== '', {
    path: ['CardNumber'],
    message: 'a payment by card needs the number of the card',
  })
type CheckoutBody = z.infer<typeof CheckoutBody>

function lineOf(item: CartItem): CartLine {
  return {
    sellerId: item.SellerId,
    productId: item.ProductId,
    productName: item.ProductName,
    unitPriceCents: toCents(item.UnitPrice),
    freightCents: toCents(item.FreightValue),
    quantity: item.Quantity,
    voucherCents: toCents(item.Voucher),
    version: item.Version,
  }
}

function itemOf(line: CartLine): CartItem {
  return {
    SellerId: line.sellerId,
    ProductId: line.productId,
    ProductName: line.productName,
    UnitPrice: toMoney(line.unitPriceCents),
    FreightValue: toMoney(line.freightCents),
    Quantity: line.quantity,
    Voucher: toMoney(line.voucherCents),
    Version: line.version,
  }
}

type CheckoutInput = Parameters<typeof Cart.checkout>[0]

function checkoutOf(customerId: number, body: CheckoutBody, transaction: string): CheckoutInput {
  return {
    customerId,
    statedCustomerId: body.CustomerId,
    transaction,
    address: {
      firstName: body.FirstName,
      lastName: body.LastName,
      street: body.Street,
      complement: body.Complement,
      zipCode: body.ZipCode,
      city: body.City,
      state: body.State,
    },
    payment: {
      type: body.PaymentType,
      installments: body.Installments,
      ...(body.PaymentType !== 'BOLETO' && {
        card: {
          number: body.CardNumber,
          holderName: body.CardHolderName,
          expiration: body.CardExpiration,
          brand: body.CardBrand,
        },
      }),
    },
  }
}

const refusals = {
  CartUnknown: [404, 'This customer has no cart.'],
  CartEmpty: [405, 'The cart is empty: add something first.'],
  CustomerMismatch: [405, 'The cart belongs to another customer.'],
} as const

/** What a refusal says when it was said before: the cart may be another one by now. */
const saidBefore =
  'This is the first answer to this instanceId: it is not decided anew. Take a new instanceId to try again.'

function refuse(name: keyof typeof refusals, repeated: boolean): RouteResponse {
  const [status, sentence] = refusals[name]
  return refusal(status, name, repeated ? `${sentence} ${saidBefore}` : sentence)
}

/** A repeated `instanceId` is the same checkout: it is answered as the first time, whatever is in the cart by then. */
async function checkout(request: RouteRequest, calls: RouteCalls): Promise<RouteResponse> {
  const customerId = pathId(request.params, 'customerId')
  // Why the cast: the server puts the checked body in the place of the received one.
  const body = request.body as CheckoutBody
  const transaction = transactionOf(body.instanceId, calls)
  const { refused, repeated } = await handIn(calls, checkoutOf(customerId, body, transaction))
  if (refused) return refuse(refused, repeated)
  return { status: 202, body: { instanceId: body.instanceId } }
}

/**
 * Hands a cart in, at the prices of now; says why not, when it was refused.
 *
 * Open lines first take over the price changes that came since.
 */
export async function handIn(
  calls: Pick<RouteCalls, 'command' | 'query'>,
  checkout: CheckoutInput,
): Promise<{ readonly refused: keyof typeof refusals | undefined; readonly repeated: boolean }> {
  const { customerId, transaction } = checkout
  const cart = await calls.query(Cart.cart({ customerId }))
  if (cart.ok && cart.output.repriced.length > 0) {
    await calls.command(Cart.reprice({ customerId, lines: cart.output.repriced }))
  }
  const answer = await calls.command(Cart.checkout(checkout), {
    id: `checkout/${customerId}/${transaction}`,
  })
  return { refused: answer.ok ? answer.output.refused : undefined, repeated: answer.repeated }
}

const ofCustomer = { customerId: pathShapes.customerId }
const add = {
  ...fromBody(CartItemBody, (item, params) => ({
    customerId: pathId(params, 'customerId'),
    line: lineOf(item),
  })),
  parameters: ofCustomer,
  rejects: { QuantityInvalid: 405, CartFull: 405 },
  summary: 'Puts a line into the cart; the line of the same product is replaced.',
}
const seal = {
  status: 202,
  input: customerOf,
  parameters: ofCustomer,
  summary: 'Empties the cart and opens it again.',
}

function customerOf({ params }: RouteRequest): { readonly customerId: number } {
  return { customerId: pathId(params, 'customerId') }
}

export const cartRoutes = [
  route('PATCH /cart/{customerId}/add', Cart.add, add),
  route('PUT /cart/{customerId}/add', Cart.add, add),
  composed('POST /cart/{customerId}/checkout', checkout, {
    body: tolerant(CheckoutBody),
    parameters: ofCustomer,
    answers: {
      202: { summary: 'The checkout is on its way.', body: Transacted },
      404: { summary: 'This customer has no cart.' },
      405: { summary: 'The cart is empty, or belongs to another customer.' },
      ...usedTid,
    },
    keyless: 'its instanceId names the checkout',
    summary: 'Hands the cart in. The end of the checkout is told by its transaction mark.',
  }),
  route('PATCH /cart/{customerId}/seal', Cart.seal, seal),
  route('POST /cart/{customerId}/seal', Cart.seal, seal),
  route('DELETE /cart/{customerId}', Cart.discard, { input: customerOf, parameters: ofCustomer }),
  route('GET /cart/{customerId}', Cart.cart, {
    answers: { 200: { summary: 'The cart.', body: OutsideCart } },
    reply: ({ customerId, status, lines, createdAtMs, updatedAtMs }) => ({
      customer_id: customerId,
      status,
      created_at: toTime(createdAtMs),
      updated_at: toTime(updatedAtMs),
      items: lines.map(itemOf),
    }),
  }),
  composed(
    'GET /cart/{customerId}/history/{tid}',
    async ({ params }, calls) => {
      const transaction = transactionOf(params['tid'] ?? '', calls)
      const customerId = pathId(params, 'customerId')
      const lines = await calls.query(Cart.submitted({ customerId, transaction }))
      return lines.ok
        ? { status: 200, body: lines.output.map(itemOf) }
        : refusal(404, 'NotFound', 'This customer has no checkout of this name.')
    },
    {
      summary: 'The lines that one checkout handed in.',
      parameters: { customerId: pathShapes.customerId, tid: pathShapes.tid },
      answers: {
        200: { summary: 'The lines.', body: z.array(OutsideItem) },
        404: { summary: 'This customer has no checkout of this name.' },
      },
    },
  ),
  route('GET /cart/replica/{sellerId}/{productId}', Cart.replica, {
    answers: { 200: { summary: 'The replica.', body: OutsideReplica } },
    reply: ({ sellerId, productId, name, priceCents, version }) => ({
      seller_id: sellerId,
      product_id: productId,
      name,
      price: toMoney(priceCents),
      version,
    }),
  }),
]
