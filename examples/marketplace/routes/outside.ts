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
/** How a transaction may be called, in a sentence. */
export const tidRule =
  'A tid is 1 to 100 of the characters A-Z a-z 0-9 . _ ~ : - and not only dots.'
/**
 * What a client may call a transaction: it becomes part of command ids and keys, and of the path that asks for its
 * mark. Clients take `.` and `..` out of a path before they send it.
 */
export const Tid = z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._~:-]{1,100}$/, tidRule)

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
 * The published services read names without regard to case, and write them in three manners. A body that names one
 * field in two manners does not fit: nobody could say which of the two counts.
 */
export function tolerant<S extends z.ZodObject>(schema: S): Schema<z.input<S>, z.output<S>> {
  const names = new Map(Object.keys(schema.shape).map((name) => [plainName(name), name]))
  const standard = schema['~standard']
  return {
    '~standard': {
      ...standard,
      validate: (value: unknown) => {
        const renamed = renameFields(value, names)
        return renamed.issues ? renamed : standard.validate(renamed.value)
      },
    },
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}

type Renamed =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[] }

function renameFields(value: unknown, names: ReadonlyMap<string, string>): Renamed {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value }
  const given = new Map<string, string>()
  const renamed: [string, unknown][] = []
  for (const [name, field] of Object.entries(value)) {
    const canonical = names.get(plainName(name)) ?? name
    const other = given.get(canonical)
    if (other !== undefined) {
      const message = `"${other}" and "${name}" name the same field: give it once`
      return { issues: [{ message, path: [name] }] }
    }
    given.set(canonical, name)
    renamed.push([canonical, field])
  }
  return { value: Object.fromEntries(renamed) }
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
