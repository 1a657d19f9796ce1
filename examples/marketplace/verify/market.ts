// A marketplace as an outsider sees it: HTTP and nothing else.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Mark, Stored } from './shapes.ts'

export interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

/** How long a marketplace may take until nothing is left to do, in milliseconds. */
export const settleWithinMs = 120_000
/** Pages of marks that are read at most. */
const markPagesMax = 10_000

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Calls a marketplace. All checks begin with what `cleanUp` leaves. */
export interface Market {
  readonly url: string
  call<Body = unknown>(method: Method, path: string, body?: unknown): Promise<Answer<Body>>
  /** Reads what has to be there. */
  read<Body>(path: string): Promise<Body>
  /** Sends what has to be accepted. */
  send(method: Method, path: string, body?: unknown): Promise<void>
  cleanUp(): Promise<void>
  /** Waits until nothing is left to do. */
  settle(): Promise<void>
  /** All marks so far, by transaction: one that ended twice is there twice. */
  marks(): Promise<readonly Mark[]>
  stock(sellerId: number, productId: number): Promise<Stored.StockItem>
  orders(customerId: number): Promise<readonly Stored.Order[]>
  customer(customerId: number): Promise<Stored.Customer>
  dashboard(sellerId: number): Promise<Stored.Dashboard>
  cart(customerId: number): Promise<Stored.Cart>
}

/** Creates a client of the marketplace at an address. */
export function createMarket(url: string): Market {
  async function call<Body>(method: Method, path: string, body?: unknown): Promise<Answer<Body>> {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const text = await response.text()
    // Why the cast: the checks look at what they were told it is.
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body }
  }

  async function read<Body>(path: string): Promise<Body> {
    const { status, body } = await call<Body>('GET', path)
    assert.equal(status, 200, `GET ${path} answered ${status}: ${JSON.stringify(body)}`)
    return body
  }

  async function send(method: Method, path: string, body?: unknown): Promise<void> {
    const answer = await call(method, path, body)
    const said = JSON.stringify(answer.body)
    assert.ok(isSuccess(answer), `${method} ${path} answered ${answer.status}: ${said}`)
  }

  return {
    url,
    call,
    read,
    send,
    cleanUp: () => cleanUp(call),
    settle: () => settle(call),
    marks: () => readMarks(read),
    stock: (sellerId, productId) => read(`/stock/${sellerId}/${productId}`),
    orders: (customerId) => read(`/order/${customerId}`),
    customer: (customerId) => read(`/customer/${customerId}`),
    dashboard: (sellerId) => read(`/seller/dashboard/${sellerId}`),
    cart: (customerId) => read(`/cart/${customerId}`),
  }
}

export function isSuccess({ status }: Answer<unknown>): boolean {
  return status >= 200 && status < 300
}

/** Deletes everything; asks again while what follows from it is not done. */
async function cleanUp(call: Market['call']): Promise<void> {
  const endMs = Date.now() + settleWithinMs
  for (;;) {
    const answer = await call('PATCH', '/cleanup')
    if (isSuccess(answer)) return
    const said = `PATCH /cleanup answered ${answer.status}: ${JSON.stringify(answer.body)}`
    assert.ok(answer.status === 503 && Date.now() < endMs, said)
  }
}

async function settle(call: Market['call']): Promise<void> {
  const endMs = Date.now() + settleWithinMs
  for (;;) {
    const { body } = await call<{ readonly idle: boolean }>('GET', '/idle')
    if (body.idle) return
    if (Date.now() > endMs) assert.fail(`not idle in time: ${JSON.stringify(body)}`)
    await pause(5)
  }
}

async function readMarks(read: Market['read']): Promise<readonly Mark[]> {
  const all: Mark[] = []
  let after = ''
  for (let page = 0; page < markPagesMax; page += 1) {
    const path = `/transactions?after=${encodeURIComponent(after)}`
    const { marks, next } = await read<{ marks: Mark[]; next: string }>(path)
    all.push(...marks)
    if (next === after) return all
    after = next
  }
  return assert.fail('the marks have no end')
}
