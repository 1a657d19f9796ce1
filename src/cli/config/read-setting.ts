// Reads single settings. What cannot be read is said in words that go on "X must be ...".
import type { PeerAddresses } from '../../calls/directory.ts'

export type Read<Value> = (given: unknown) => Value | Unreadable

/** What a setting must be, and is not. */
export class Unreadable {
  readonly mustBe: string

  constructor(mustBe: string) {
    this.mustBe = mustBe
  }
}

export const asText: Read<string> = (given) =>
  typeof given === 'string' && given !== '' ? given : new Unreadable('a text')

export function asInteger(min: number, max: number): Read<number> {
  return (given) => {
    const value = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given
    const fits = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
    return fits ? Number(value) : new Unreadable(`a whole number from ${min} to ${max}`)
  }
}

export function asChoice<const Choice extends string>(...choices: readonly Choice[]): Read<Choice> {
  return (given) => {
    const found = choices.find((choice) => choice === given)
    return (
      found ??
      new Unreadable(choices.length === 1 ? `"${choices[0]}"` : `one of ${choices.join(', ')}`)
    )
  }
}

/** So many processes, or from so many up to so many as the load asks for. */
export interface Replicas {
  readonly min: number
  readonly max: number
}

const replicasPattern = /^(\d{1,3})(?:\.\.(\d{1,3}))?$/

/** `{ "order": 2, "stock": "1..4" }` or `order=2,stock=1..4`. */
export const asReplicas: Read<Readonly<Record<string, Replicas>>> = (given) => {
  const pairs = pairsOf(given)
  const found = pairs?.map(([name, value]) => [name, replicasOf(String(value))] as const)
  const isGood = found?.every(([name, replicas]) => name !== '' && replicas !== undefined)
  return found && isGood
    ? // Why the cast: none is undefined here.
      (Object.fromEntries(found) as Readonly<Record<string, Replicas>>)
    : new Unreadable('like order=2,stock=1..4: a name, and how many processes')
}

function replicasOf(text: string): Replicas | undefined {
  const [, first, second] = replicasPattern.exec(text) ?? []
  if (first === undefined) return undefined
  const [min, max] = [Number(first), Number(second ?? first)]
  return min >= 1 && max >= min ? { min, max } : undefined
}

/** `{ "order": ["http://one:7070"] }` or `order=http://one:7070|http://two:7070`. */
export const asPeers: Read<PeerAddresses> = (given) => {
  const found = pairsOf(given)?.map(([name, value]) => [name, urlsOf(value)] as const)
  const isGood = found?.every(([name, urls]) => name !== '' && urls !== undefined)
  return found && isGood
    ? // Why the cast: none is undefined here.
      (Object.fromEntries(found) as PeerAddresses)
    : new Unreadable('like order=http://one:7070|http://two:7070: a service, and where it is')
}

function urlsOf(value: unknown): readonly string[] | undefined {
  const urls = Array.isArray(value) ? value.map(String) : String(value).split('|')
  return urls.length > 0 && urls.every(isAddress) ? urls : undefined
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, pathname, search } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && pathname === '/' && search === ''
}

function pairsOf(given: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof given === 'string') {
    const parts = given.split(',').filter((part) => part.trim() !== '')
    return parts.map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()] as const
    })
  }
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  return isObject ? Object.entries(given) : undefined
}
