// While it is armed, whoever reads the machine's clock, its chance or its files past the ports is found. Only the
// caller that is nearest counts: Dure's own adapters and Node itself may do it, and user code may use these.
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import { DureError } from '../../language/errors.ts'
import { ambientPlaces } from './ambient-places.ts'

/** Finds uses of the machine past the ports while somebody watches. Disposing it takes it away. */
export interface AmbientTrap extends Disposable {
  /**
   * Tells `onUse` of each use, until what it gives is disposed. The user is thrown the same error.
   *
   * The error is `SIMULATE_AMBIENT`; its details are the name of what was used, and the place in the user's code.
   */
  watch(onUse: (error: DureError) => void): Disposable
}

type Watcher = (error: DureError) => void

// Why at the module: globals are of the whole process, and so is what stands in their place.
const watchers = new Set<Watcher>()
let traps = 0
let restore: () => void = nothing

/**
 * Puts guards in the place of everything ambient, once for all traps of this process.
 *
 * References that were taken before are not guarded. `new Date(value)`, `Date.UTC` and `Date.parse` read no clock and
 * stay; so do ciphers and hashes, which are the same in every run.
 */
export function armAmbientTrap(): AmbientTrap {
  if (traps === 0) restore = replaceAll()
  traps += 1
  const own = new Set<Watcher>()
  let isArmed = true
  return {
    watch(onUse) {
      // Why another function: who watches twice is told twice.
      const watcher: Watcher = (error) => onUse(error)
      watchers.add(watcher)
      own.add(watcher)
      return {
        [Symbol.dispose]() {
          watchers.delete(watcher)
          // Trap: a trap outlives its worlds, and would hold each of them.
          own.delete(watcher)
        },
      }
    },
    [Symbol.dispose]() {
      if (!isArmed) return
      isArmed = false
      for (const watcher of own) watchers.delete(watcher)
      traps -= 1
      if (traps === 0) restore()
    },
  }
}

function nothing(): void {
  return undefined
}

function replaceAll(): () => void {
  const undo: (() => void)[] = []
  for (const { target, prefix, names } of ambientPlaces) {
    for (const name of names) undo.push(replace(target, name, `${prefix}${name}`))
  }
  undo.push(replaceDate())
  syncBuiltinESMExports()
  return () => {
    for (const back of undo.toReversed()) back()
    syncBuiltinESMExports()
  }
}

/** Puts a guard in the place of a function. What is inherited is hidden, and what cannot be changed stays. */
function replace(target: object, name: string, title: string): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name)
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function' || own?.configurable === false) return nothing
  const guard = new Proxy(original, {
    apply(called, self, given) {
      judge(title)
      // Why the cast: a proxy is handed on what it was called with.
      return Reflect.apply(called as (...all: unknown[]) => unknown, self, given)
    },
    construct(called, given, newTarget) {
      judge(`new ${title}`)
      return Reflect.construct(called, given, newTarget) as object
    },
  })
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: own?.enumerable ?? true,
    writable: true,
    value: guard,
  })
  return () => {
    if (own) Object.defineProperty(target, name, own)
    else Reflect.deleteProperty(target, name)
  }
}

/** A date that is made from a value is no clock. */
function replaceDate(): () => void {
  const original = Date
  const guard = new Proxy(original, {
    apply(called) {
      judge('Date')
      return called()
    },
    construct(called, given, newTarget) {
      if (given.length === 0) judge('new Date')
      return Reflect.construct(called, given, newTarget) as object
    },
  })
  globalThis.Date = guard
  original.prototype.constructor = guard
  return () => {
    globalThis.Date = original
    original.prototype.constructor = original
  }
}

/** Goes on when whoever calls may, and throws otherwise. */
function judge(name: string): void {
  if (watchers.size === 0) return
  const frames = callers()
  const [nearest] = frames
  if (nearest === undefined || !isUser(nearest)) return
  const place = shown(frames.find((frame) => isUser(frame) && !isOfPackage(frame)) ?? nearest)
  const error = new DureError(
    'SIMULATE_AMBIENT',
    `${name}() is used at ${place}. Take it through a port or the clock of the service: two runs would differ.`,
    { details: { name, place } },
  )
  for (const tell of watchers) tell(error)
  throw error
}

/** How far a stack is looked at. */
const framesSeen = 60
/** `file:line:column` at the end of a line of a stack. */
const framePattern = /(?:^|[\s(])((?:file:|node:|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/
/** Dure itself, but for its tests. */
const house = new URL('../../', import.meta.url).href
const testPattern = /\.test\.[cm]?[jt]s:/

/** Who called, the nearest first, as `file:line:column`: what is not a file is left out. */
function callers(): readonly string[] {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = framesSeen
  const holder: { stack?: string } = {}
  // Everything up to the guard itself is left out.
  Error.captureStackTrace(holder, judge)
  const [, ...lines] = (holder.stack ?? '').split('\n')
  Error.stackTraceLimit = before
  const frames = lines.flatMap((line) => framePattern.exec(line.trim())?.[1] ?? [])
  return frames.filter((frame) => !isPassedThrough(frame))
}

/** The guards themselves, and `node:crypto`, which hands some calls on to the global of that name. */
function isPassedThrough(frame: string): boolean {
  return frame.startsWith(import.meta.url) || frame.startsWith('node:crypto:')
}

function shown(frame: string): string {
  const [, url, at] = /^(file:.*?)(:\d+:\d+)$/.exec(frame) ?? []
  return url === undefined ? frame : `${fileURLToPath(url)}${at ?? ''}`
}

function isUser(frame: string): boolean {
  if (frame.startsWith('node:')) return false
  return !frame.startsWith(house) || testPattern.test(frame)
}

function isOfPackage(frame: string): boolean {
  return frame.includes('/node_modules/') || frame.includes('\\node_modules\\')
}
