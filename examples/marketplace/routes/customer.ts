import { route } from 'dure'
import { z } from 'zod'
import { Customer, type CustomerRow } from '../customer/contract.ts'
import { fromBody, OutsideId, OutsideText, toTime } from './outside.ts'

const CardText = z.string().max(40).default('')

/** The security number of a card is not read: it must not be stored anywhere. */
const CustomerBody = z.object({
  id: OutsideId,
  first_name: OutsideText,
  last_name: OutsideText,
  address: OutsideText,
  complement: OutsideText,
  birth_date: OutsideText,
  zip_code: OutsideText,
  city: OutsideText,
  state: OutsideText,
  card_number: CardText,
  card_expiration: CardText,
  card_holder_name: OutsideText,
  card_type: OutsideText,
  data: OutsideText,
})

function rowOf(body: z.infer<typeof CustomerBody>): CustomerRow {
  return {
    customerId: body.id,
    firstName: body.first_name,
    lastName: body.last_name,
    address: body.address,
    complement: body.complement,
    birthDate: body.birth_date,
    zipCode: body.zip_code,
    city: body.city,
    state: body.state,
    cardNumber: body.card_number,
    cardExpiration: body.card_expiration,
    cardHolderName: body.card_holder_name,
    cardType: body.card_type,
    data: body.data,
  }
}

/** Reads a row of customers as an ingestion sends it. */
export function readCustomerRow(row: unknown): CustomerRow {
  return rowOf(CustomerBody.parse(row))
}

const StoredCustomer = z.object({
  ...Object.fromEntries(Object.keys(CustomerBody.shape).map((name) => [name, z.string()])),
  id: z.int(),
  success_payment_count: z.int(),
  failed_payment_count: z.int(),
  delivery_count: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})

export const customerRoutes = [
  route('POST /customer', Customer.register, {
    ...fromBody(CustomerBody, rowOf),
    status: 201,
  }),
  route('GET /customer/{customerId}', Customer.customer, {
    answers: { 200: { summary: 'The customer.', body: StoredCustomer } },
    reply: (customer) => ({
      id: customer.customerId,
      first_name: customer.firstName,
      last_name: customer.lastName,
      address: customer.address,
      complement: customer.complement,
      birth_date: customer.birthDate,
      zip_code: customer.zipCode,
      city: customer.city,
      state: customer.state,
      card_number: customer.cardNumber,
      card_expiration: customer.cardExpiration,
      card_holder_name: customer.cardHolderName,
      card_type: customer.cardType,
      success_payment_count: customer.successPaymentCount,
      failed_payment_count: customer.failedPaymentCount,
      delivery_count: customer.deliveryCount,
      data: customer.data,
      created_at: toTime(customer.createdAtMs),
      updated_at: toTime(customer.updatedAtMs),
    }),
  }),
]
