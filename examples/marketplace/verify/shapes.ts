/** How a transaction ended. */
export interface Mark {
  readonly tid: string
  readonly type: string
  readonly actorId: number
  readonly status: 'SUCCESS' | 'ERROR' | 'ABORT' | 'NOT_ACCEPTED'
  readonly source: string
}

/** What can be read of a marketplace, as far as the checks look at it. */
export declare namespace Stored {
  interface CartItem {
    readonly SellerId: number
    readonly ProductId: number
    readonly ProductName: string
    readonly UnitPrice: number
    readonly FreightValue: number
    readonly Quantity: number
    readonly Voucher: number
    readonly Version: string
  }

  interface Cart {
    readonly customer_id: number
    readonly status: string
    readonly items: readonly CartItem[]
  }

  interface Product {
    readonly price: number
    readonly version: string
  }

  interface StockItem {
    readonly seller_id: number
    readonly product_id: number
    readonly qty_available: number
    readonly qty_reserved: number
    readonly order_count: number
    readonly version: string
  }

  interface OrderLine {
    readonly seller_id: number
    readonly product_id: number
    readonly quantity: number
    readonly total_items: number
    readonly total_amount: number
  }

  interface Order {
    readonly customer_id: number
    readonly order_id: number
    readonly invoice_number: string
    readonly status: string
    readonly count_items: number
    readonly total_amount: number
    readonly total_freight: number
    readonly total_incentive: number
    readonly total_invoice: number
    readonly total_items: number
    readonly purchase_date: string
    readonly items: readonly OrderLine[]
    readonly history: readonly { readonly status: string; readonly created_at: string }[]
  }

  interface Payment {
    readonly sequential: number
    readonly type: string
    readonly value: number
    readonly status: string
    readonly card?: { readonly card_number: string }
  }

  interface Package {
    readonly package_id: number
    readonly seller_id: number
    readonly status: string
  }

  interface Shipment {
    readonly status: string
    readonly package_count: number
    readonly total_freight_value: number
    readonly packages: readonly Package[]
  }

  interface Customer {
    readonly success_payment_count: number
    readonly failed_payment_count: number
    readonly delivery_count: number
  }

  interface Entry {
    readonly customer_id: number
    readonly order_id: number
    readonly product_id: number
    readonly seller_id: number
    readonly total_invoice: number
    readonly order_status: string
  }

  interface Dashboard {
    readonly sellerView: Readonly<
      Record<
        | 'count_orders'
        | 'count_items'
        | 'total_amount'
        | 'total_freight'
        | 'total_incentive'
        | 'total_invoice'
        | 'total_items',
        number
      >
    >
    readonly orderEntries: readonly Entry[]
  }
}
