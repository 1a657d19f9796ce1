import { route } from 'dure'
import { z } from 'zod'
import { type OrderEntry, Seller, type SellerRow, type SellerSummary } from '../seller/contract.ts'
import { OutsideDashboard } from './answers.ts'
import {
  fromBody,
  OutsideId,
  OutsideText,
  pathId,
  toMoney,
  toTime,
  toTimeOrNull,
} from './outside.ts'

const SellerBody = z.object({
  id: OutsideId,
  name: OutsideText,
  company_name: OutsideText,
  email: OutsideText,
  phone: OutsideText,
  mobile_phone: OutsideText,
  cpf: OutsideText,
  cnpj: OutsideText,
  address: OutsideText,
  complement: OutsideText,
  city: OutsideText,
  state: OutsideText,
  zip_code: OutsideText,
})

function rowOf(body: z.infer<typeof SellerBody>): SellerRow {
  return {
    sellerId: body.id,
    name: body.name,
    companyName: body.company_name,
    email: body.email,
    phone: body.phone,
    mobilePhone: body.mobile_phone,
    cpf: body.cpf,
    cnpj: body.cnpj,
    address: body.address,
    complement: body.complement,
    city: body.city,
    state: body.state,
    zipCode: body.zip_code,
  }
}

/** Reads a row of sellers as an ingestion sends it. */
export function readSellerRow(row: unknown): SellerRow {
  return rowOf(SellerBody.parse(row))
}

function entryOf(entry: OrderEntry): object {
  const { customerId, orderId } = entry
  return {
    customer_id: customerId,
    order_id: orderId,
    seller_id: entry.sellerId,
    product_id: entry.productId,
    natural_key: `${customerId}_${orderId}`,
    package_id: entry.packageId,
    product_name: entry.productName,
    product_category: '',
    unit_price: toMoney(entry.unitPriceCents),
    quantity: entry.quantity,
    total_items: toMoney(entry.itemsCents),
    total_amount: toMoney(entry.amountCents),
    total_incentive: toMoney(entry.incentiveCents),
    total_invoice: toMoney(entry.invoiceCents),
    freight_value: toMoney(entry.freightCents),
    shipment_date: toTimeOrNull(entry.shippedAtMs),
    delivery_date: toTimeOrNull(entry.deliveredAtMs),
    order_status: entry.orderStatus,
    delivery_status: deliveryStatusOf(entry),
  }
}

function deliveryStatusOf({ deliveredAtMs, shippedAtMs }: OrderEntry): string | null {
  if (deliveredAtMs !== undefined) return 'delivered'
  return shippedAtMs === undefined ? null : 'ready_to_ship'
}

function viewOf(sellerId: number, summary: SellerSummary): object {
  return {
    seller_id: sellerId,
    count_orders: summary.orders,
    count_items: summary.items,
    total_amount: toMoney(summary.amountCents),
    total_freight: toMoney(summary.freightCents),
    total_incentive: toMoney(summary.incentiveCents),
    total_invoice: toMoney(summary.invoiceCents),
    total_items: toMoney(summary.itemsCents),
  }
}

const StoredSeller = z.object({
  ...Object.fromEntries(Object.keys(SellerBody.shape).map((name) => [name, z.string()])),
  id: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})

export const sellerRoutes = [
  route('POST /seller', Seller.register, {
    ...fromBody(SellerBody, rowOf),
    status: 201,
  }),
  route('GET /seller/{sellerId}', Seller.seller, {
    answers: { 200: { summary: 'The seller.', body: StoredSeller } },
    reply: (seller) => ({
      id: seller.sellerId,
      name: seller.name,
      company_name: seller.companyName,
      email: seller.email,
      phone: seller.phone,
      mobile_phone: seller.mobilePhone,
      cpf: seller.cpf,
      cnpj: seller.cnpj,
      address: seller.address,
      complement: seller.complement,
      city: seller.city,
      state: seller.state,
      zip_code: seller.zipCode,
      created_at: toTime(seller.createdAtMs),
      updated_at: toTime(seller.updatedAtMs),
    }),
  }),
  route('GET /seller/dashboard/{sellerId}', Seller.dashboard, {
    answers: { 200: { summary: 'The dashboard, of one instant.', body: OutsideDashboard } },
    reply: ({ summary, entries }, { params }) => ({
      sellerView: viewOf(pathId(params, 'sellerId'), summary),
      orderEntries: entries.map(entryOf),
    }),
  }),
]
