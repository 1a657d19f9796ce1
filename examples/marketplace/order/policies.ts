import { policy } from 'dure'
import { Shipment } from '../shipment/contract.ts'
import { Order } from './contract.ts'

/** An order is in transit with its first delivery, and delivered with its last. */
export const OrdersArrive = policy('orders-arrive').on(
  Shipment.PackagesDelivered,
  ({ customerId, orderId, sellerId, sellers, concluded, deliveredAtMs }) =>
    Order.arrive({ customerId, orderId, sellerId, sellers, concluded, atMs: deliveredAtMs }),
)
