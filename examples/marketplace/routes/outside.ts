// The border between the inside and the outside: names, money and times as the published benchmark writes them.
import type { RouteRequest, RouteResponse, Schema } from 'dure'
import { z } from 'zod'
import { centsMax } from '../values.ts'

/** An amount outside: two decimals. */
export const Money = z
  .number()
  .min(0)
  .max(centsMax / 100)
export const OutsideId = z.int().min(1).max(2_147_483_647)
export const OutsideText = z.string().max(1_000).default('')
/** What a client may call a transaction: it becomes part of command ids and keys. */
export const Tid = z
  .string()
  .regex(/^[\x20-\x7e]{1,100}$/, 'write 1 to 100 printable ASCII characters')

export function toCents(amount: number): number {
  return Math.round(amount * 100)
}

export function toMoney(cents: number): number {
  return cents / 100
}

export function toTime(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** A time that may not have come. */
export function toTimeOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : toTime(atMs)
}

/** An id in a path: digits and nothing else. Anything else becomes what no schema takes. */
export function pathId(params: Readonly<Record<string, string>>, name: string): number {
  const text = params[name] ?? ''
  return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
}

/**
 * Lets a body name its fields in any case, with or without underscores: `SellerId`, `sellerId`, `seller_id`.
 *
 * The published services read names without regard to case, and write them in three manners.
 */
export function tolerant<S extends z.ZodObject>(schema: S): Schema<z.input<S>, z.output<S>> {
  const names = new Map(Object.keys(schema.shape).map((name) => [plainName(name), name]))
  const standard = schema['~standard']
  return {
    '~standard': {
      ...standard,
      validate: (value: unknown) => standard.validate(renameFields(value, names)),
    },
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}

function renameFields(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const known = new Set(names.values())
  const entries = Object.entries(value).map(([name, field]) => {
    const canonical = known.has(name) ? name : names.get(plainName(name))
    return [canonical ?? name, field] as const
  })
  return Object.fromEntries(entries)
}

/** Declares the body of a route and reads the operation's input from it. */
export function fromBody<S extends z.ZodObject, Input>(
  schema: S,
  make: (body: z.output<S>, params: RouteRequest['params']) => Input,
): { readonly body: Schema; readonly input: (request: RouteRequest) => Input } {
  // Why the cast: the server puts the checked body in the place of the received one.
  return { body: tolerant(schema), input: ({ body, params }) => make(body as z.output<S>, params) }
}

/** A refusal of a composed route, as problem details (RFC 9457). */
export function refusal(status: number, code: string, detail: string): RouteResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:marketplace:${code}`, title: code, status, detail, code },
  }
}
