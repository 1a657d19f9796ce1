import type { IncomingMessage } from 'node:http'
import { z } from 'zod'

/** The work every server is given, so that only the way to it differs. */
export const BODY_LIMIT = 64 * 1024

export const CONSTANT = { ok: true } as const

export const HELLO = 'hello'

const Order = z.object({
  customer: z.string().min(1).max(100),
  lines: z
    .array(z.object({ sku: z.string().min(1).max(64), quantity: z.int().min(1).max(1000) }))
    .min(1)
    .max(100),
  note: z.string().max(500).optional(),
})

export const SAMPLE_BODY = JSON.stringify({
  customer: 'customer-17',
  lines: [
    { sku: 'tea-green-100', quantity: 2 },
    { sku: 'cup-white', quantity: 4 },
  ],
  note: 'leave it at the door',
} satisfies z.input<typeof Order>)

const stored = new Map([['order-7', JSON.parse(SAMPLE_BODY) as z.infer<typeof Order>]])

export class BodyTooLarge extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The accepted order as the answer, or undefined when the input is not an order. */
export function accept(input: unknown): object | undefined {
  const order = Order.safeParse(input)
  if (!order.success) return undefined
  const pieces = order.data.lines.reduce((sum, line) => sum + line.quantity, 0)
  return { accepted: true, customer: order.data.customer, pieces }
}

export function find(key: string): object | undefined {
  return stored.get(key)
}

/** Decodes strictly: bytes that are not UTF-8 throw instead of becoming U+FFFD. */
export function parseStrictly(bytes: Uint8Array): unknown {
  return JSON.parse(utf8.decode(bytes))
}

/** Reads a body, and stops reading at the first byte over the limit. */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > limit) {
    return Promise.reject(new BodyTooLarge())
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        incoming.pause()
        reject(new BodyTooLarge())
      } else chunks.push(chunk)
    })
    incoming.on('end', () => {
      const first = chunks[0]
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size))
    })
    incoming.on('error', reject)
  })
}
