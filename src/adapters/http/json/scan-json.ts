// Judges JSON text before it is parsed, in one pass over its characters.
//
// `JSON.parse` alone accepts too much: it blocks for seconds on deep nesting, keeps the last of two equal keys,
// rounds large integers, turns 1e999 into Infinity and lets half a character through. Here all of that is
// refused, with the path of the field. The grammar is RFC 8259; nesting is read by recursion, which `depthMax`
// bounds.
import { DureError } from '../../../language/errors.ts'
import { printable } from '../request/printable.ts'
import {
  backslash,
  closeBrace,
  closeBracket,
  codeUnit,
  colon,
  comma,
  isDigit,
  isSimpleEscape,
  isSpace,
  minus,
  openBrace,
  openBracket,
  point,
  quote,
  smallP,
  smallU,
  underscore,
  zero,
} from './characters.ts'

/** How much a JSON text may hold. */
export interface JsonLimits {
  /** How deep objects and arrays may be nested. */
  readonly depthMax: number
  /** How many values the whole text may hold, objects and arrays included. */
  readonly valuesMax: number
  /** How many keys one object may have. */
  readonly keysPerObjectMax: number
  /** How many characters a number may have. */
  readonly numberCharsMax: number
}

/** Judges a text of well-formed Unicode; it keeps working memory, so that a judgement allocates nothing. */
export interface JsonScanner {
  /** @throws `HTTP_BODY_INVALID` with line, column and path when the text is not acceptable JSON. */
  scan(text: string): void
}

/** Creates a scanner. One text is judged at a time. */
export function createJsonScanner(limits: JsonLimits): JsonScanner {
  return new Scanner(limits)
}

/** Objects with more keys than this compare names by a set instead of one by one. */
const comparedKeysMax = 24
/** Integers with so many digits are always exact. */
const exactDigitsMax = 15
/** The mark of an object between two keys. */
const unmarked = -(2 ** 31)

class Scanner implements JsonScanner {
  readonly #limits: JsonLimits
  /** Of all keys of the objects that are open: where the name starts, and its hash. */
  readonly #keyStarts: Int32Array
  readonly #keyHashes: Int32Array
  /** Of each open level: the number of the present key, or the complement of an element's index. */
  readonly #marks: Int32Array
  #text = ''
  #keys = 0
  #depth = 0
  #values = 0

  constructor(limits: JsonLimits) {
    this.#limits = limits
    this.#keyStarts = new Int32Array(limits.valuesMax + 1)
    this.#keyHashes = new Int32Array(limits.valuesMax + 1)
    this.#marks = new Int32Array(limits.depthMax + 1)
  }

  scan(text: string): void {
    this.#text = text
    this.#keys = 0
    this.#depth = 0
    this.#values = 0
    try {
      const end = this.#skip(this.#value(this.#skip(0)))
      if (end < text.length) this.#refuse(end, 'something follows the end of the JSON value')
    } finally {
      this.#text = ''
    }
  }

  #skip(from: number): number {
    const text = this.#text
    let at = from
    while (at < text.length && isSpace(text.charCodeAt(at))) at += 1
    return at
  }

  #value(at: number): number {
    this.#values += 1
    if (this.#values > this.#limits.valuesMax) {
      this.#refuse(at, `there are more than ${this.#limits.valuesMax} values`)
    }
    if (at >= this.#text.length) this.#refuse(at, 'the text ends where a value has to be')
    const code = this.#text.charCodeAt(at)
    if (code === quote) return this.#string(at + 1)
    if (code === openBrace) return this.#object(at)
    if (code === openBracket) return this.#array(at)
    if (code === minus || isDigit(code)) return this.#number(at)
    return this.#literal(at)
  }

  #literal(at: number): number {
    const text = this.#text
    if (text.startsWith('true', at) || text.startsWith('null', at)) return at + 4
    if (text.startsWith('false', at)) return at + 5
    return this.#refuse(at, 'a value has to be here')
  }

  #object(start: number): number {
    const first = this.#keys
    this.#enter(start)
    let at = this.#skip(start + 1)
    if (this.#text.charCodeAt(at) === closeBrace) return this.#leave(at, first)
    for (let names: Set<string> | undefined; ; at = this.#skip(at + 1)) {
      if (this.#text.charCodeAt(at) !== quote)
        this.#refuse(at, 'a key in double quotes has to be here')
      this.#marks[this.#depth] = unmarked
      const end = this.#key(at + 1)
      this.#marks[this.#depth] = this.#keys - 1
      names = this.#checkKey(at + 1, first, names)
      at = this.#skip(end)
      if (this.#text.charCodeAt(at) !== colon) this.#refuse(at, 'a colon has to follow the key')
      at = this.#skip(this.#value(this.#skip(at + 1)))
      const code = this.#text.charCodeAt(at)
      if (code === closeBrace) return this.#leave(at, first)
      if (code !== comma) this.#refuse(at, 'a comma or the end of the object has to be here')
    }
  }

  #array(start: number): number {
    const keys = this.#keys
    this.#enter(start)
    let at = this.#skip(start + 1)
    if (this.#text.charCodeAt(at) === closeBracket) return this.#leave(at, keys)
    for (let index = 0; ; index += 1) {
      this.#marks[this.#depth] = ~index
      at = this.#skip(this.#value(at))
      const code = this.#text.charCodeAt(at)
      if (code === closeBracket) return this.#leave(at, keys)
      if (code !== comma) this.#refuse(at, 'a comma or the end of the array has to be here')
      at = this.#skip(at + 1)
    }
  }

  #enter(at: number): void {
    if (this.#depth >= this.#limits.depthMax) {
      this.#refuse(at, `objects and arrays are nested deeper than ${this.#limits.depthMax}`)
    }
    this.#depth += 1
    this.#marks[this.#depth] = unmarked
  }

  #leave(at: number, keys: number): number {
    this.#depth -= 1
    this.#keys = keys
    return at + 1
  }

  /** Reads a key and remembers it. Gives the place after the closing quote. */
  #key(start: number): number {
    const text = this.#text
    let hash = 0
    for (let at = start; ; at += 1) {
      const code = at < text.length ? text.charCodeAt(at) : 0
      if (code === quote) {
        this.#remember(start, hash)
        return at + 1
      }
      if (code === backslash || code < 0x20) {
        const end = this.#string(at)
        this.#remember(start, hashOf(this.#nameAt(start)))
        return end
      }
      hash = (Math.imul(hash, 31) + code) | 0
    }
  }

  #remember(start: number, hash: number): void {
    this.#keyStarts[this.#keys] = start
    this.#keyHashes[this.#keys] = hash
    this.#keys += 1
  }

  /** Refuses the newest key when it is dangerous or came before. `first` is the first key of the same object. */
  #checkKey(start: number, first: number, names: Set<string> | undefined): Set<string> | undefined {
    const newest = this.#keys - 1
    const code = this.#text.charCodeAt(start)
    if (code === underscore || code === backslash) this.#refuseDangerous(start)
    if (code === smallP || code === backslash) this.#refusePrototype(start, first)
    const count = newest - first
    if (count < comparedKeysMax) {
      const hash = this.#keyHashes[newest]
      for (let key = first; key < newest; key += 1) {
        if (this.#keyHashes[key] === hash && this.#nameOf(key) === this.#nameOf(newest)) {
          this.#refuse(start, 'the key comes twice in one object')
        }
      }
      return undefined
    }
    return this.#checkInSet(start, first, names)
  }

  #checkInSet(start: number, first: number, names: Set<string> | undefined): Set<string> {
    const newest = this.#keys - 1
    if (newest - first >= this.#limits.keysPerObjectMax) {
      this.#refuse(start, `an object has more than ${this.#limits.keysPerObjectMax} keys`)
    }
    const all = names ?? this.#namesBetween(first, newest)
    const name = this.#nameOf(newest)
    if (all.has(name)) this.#refuse(start, 'the key comes twice in one object')
    return all.add(name)
  }

  #namesBetween(first: number, end: number): Set<string> {
    const names = new Set<string>()
    for (let key = first; key < end; key += 1) names.add(this.#nameOf(key))
    return names
  }

  /** Such a key changes what other objects inherit as soon as somebody copies the object carelessly. */
  #refuseDangerous(start: number): void {
    if (this.#nameAt(start) === '__proto__') this.#refuse(start, 'this key is not allowed')
  }

  #refusePrototype(start: number, first: number): void {
    if (first === 0 || this.#nameAt(start) !== 'prototype') return
    if (this.#nameOf(first - 1) === 'constructor') this.#refuse(start, 'this key is not allowed')
  }

  #nameOf(key: number): string {
    return this.#nameAt(this.#keyStarts[key] ?? 0)
  }

  #nameAt(start: number): string {
    const text = this.#text
    let end = start
    while (text.charCodeAt(end) !== quote) end += text.charCodeAt(end) === backslash ? 2 : 1
    const raw = text.slice(start, end)
    // Why the cast: the text between two quotes is a string.
    return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
  }

  /** Reads a string from inside it. Gives the place after the closing quote. */
  #string(from: number): number {
    const text = this.#text
    for (let at = from; at < text.length; ) {
      const code = text.charCodeAt(at)
      if (code === quote) return at + 1
      if (code === backslash) at = this.#escape(at + 1)
      else if (code < 0x20) this.#refuse(at, 'a control character has to be escaped')
      else at += 1
    }
    return this.#refuse(text.length, 'the text ends inside a string')
  }

  #escape(at: number): number {
    const code = this.#text.charCodeAt(at)
    if (code !== smallU) {
      if (isSimpleEscape(code)) return at + 1
      this.#refuse(at, 'this escape is not one of JSON')
    }
    const unit = this.#hexadecimal(at + 1)
    if (unit === 0) this.#refuse(at, 'the character U+0000 is not allowed')
    if (unit < 0xd800 || unit > 0xdfff) return at + 5
    const isPair = unit < 0xdc00 && this.#text.startsWith('\\u', at + 5)
    const low = isPair ? this.#hexadecimal(at + 7) : 0
    if (low < 0xdc00 || low > 0xdfff)
      this.#refuse(at, 'this is half a character (a lone surrogate)')
    return at + 11
  }

  #hexadecimal(at: number): number {
    const unit = codeUnit(this.#text.slice(at, at + 4))
    return unit ?? this.#refuse(at, 'four hexadecimal digits have to be here')
  }

  #number(start: number): number {
    const text = this.#text
    const first = text.charCodeAt(start) === minus ? start + 1 : start
    let at = this.#digits(first)
    if (text.charCodeAt(first) === zero && at > first + 1) {
      this.#refuse(first, 'a number may not start with 0')
    }
    const integerEnd = at
    if (text.charCodeAt(at) === point) at = this.#digits(at + 1)
    const isExponent = (text.charCodeAt(at) | 0x20) === 0x65
    if (isExponent) at = this.#exponent(at + 1)
    if (at - start > exactDigitsMax || isExponent) this.#checkSize(start, at, at === integerEnd)
    return at
  }

  #exponent(at: number): number {
    const code = this.#text.charCodeAt(at)
    return this.#digits(code === minus || code === 0x2b ? at + 1 : at)
  }

  #digits(from: number): number {
    const text = this.#text
    let at = from
    while (at < text.length && isDigit(text.charCodeAt(at))) at += 1
    if (at === from) this.#refuse(at, 'a digit has to be here')
    return at
  }

  #checkSize(start: number, end: number, isInteger: boolean): void {
    if (end - start > this.#limits.numberCharsMax) {
      this.#refuse(start, `a number has more than ${this.#limits.numberCharsMax} characters`)
    }
    const value = Number(this.#text.slice(start, end))
    if (isInteger ? Number.isSafeInteger(value) : Number.isFinite(value)) return
    this.#refuse(start, 'this number is too large to be kept exactly: send it as a string')
  }

  #refuse(at: number, reason: string): never {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const path = this.#path()
    const place = path === '' ? '' : `, at "${path}"`
    throw new DureError(
      'HTTP_BODY_INVALID',
      `The body is not acceptable JSON: ${reason} (line ${line}, column ${column}${place}).`,
      { details: { path, line, column } },
    )
  }

  #path(): string {
    const parts: string[] = []
    for (let level = 1; level <= this.#depth; level += 1) {
      const mark = this.#marks[level] ?? 0
      if (mark >= 0) parts.push(printable(this.#nameOf(mark)))
      else if (mark !== unmarked) parts.push(String(~mark))
    }
    return parts.join('.')
  }
}

function hashOf(name: string): number {
  let hash = 0
  for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) | 0
  return hash
}
