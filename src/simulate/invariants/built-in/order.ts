import type { AppliedCommit } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'
import { inbox, readersOf } from './readers.ts'
import { messageId, orderKey, putOffTo, type Taken, takenBy } from './taken.ts'

/** Positions of messages that wait, by the service, consumer and log, and by their key. */
class Waiting {
  readonly #positions = new Map<string, Set<number>>()

  /** The earliest that waits before a position. */
  before(name: string, position: number): number | undefined {
    const waiting = this.#positions.get(name)
    if (!waiting || waiting.size === 0) return undefined
    const earliest = Math.min(...waiting)
    return earliest < position ? earliest : undefined
  }

  add(name: string, position: number): void {
    const waiting = this.#positions.get(name) ?? new Set()
    this.#positions.set(name, waiting.add(position))
  }

  remove(name: string, position: number): void {
    this.#positions.get(name)?.delete(position)
  }
}

/**
 * Messages of one key take effect in the order of their log.
 *
 * What asks the outside first, and what is parked, lets nothing of its key pass.
 */
export const judgeOrder: JudgeMaker = ({ system, ledger: world }) => {
  const readers = readersOf(system)
  const works = new Waiting()
  const parked = new Waiting()

  const judge = (applied: AppliedCommit, taken: Taken): string | undefined => {
    const { consumer, source, entry, by, isParked } = taken
    const { position, partition } = entry
    const name = `${applied.service} ${consumer} ${source} ${partition} ${orderKey(entry)}`
    if (by === 'redrive') parked.remove(name, position)
    if (by === 'work') works.remove(name, position)
    if (isParked) {
      parked.add(name, position)
      return undefined
    }
    const waitsFor = putOffIn(applied, taken)
    if (waitsFor === 'apart') return undefined
    if (waitsFor) {
      works.add(name, position)
      return undefined
    }
    const early = parked.before(name, position) ?? works.before(name, position)
    return early === undefined ? undefined : overtaken(name, position, early)
  }

  return {
    name: 'messages of one key take effect in their order',
    applied(applied) {
      const taken = takenBy(applied, { world, readers })
      return judgeTogether(applied, taken) ?? firstOf(taken, (each) => judge(applied, each))
    },
  }
}

/** Whether a commit puts a message off; apart from its key when it is a step of a saga that waits for a lock. */
function putOffIn({ commit }: AppliedCommit, taken: Taken): 'apart' | 'in order' | undefined {
  const { entry, consumer, by } = taken
  if (entry.kind !== 'command' || consumer !== inbox) return undefined
  const waitsFor = putOffTo(commit, taken)
  if (waitsFor === undefined || (waitsFor === 'work' && by !== 'cursor')) return undefined
  // Steps of a saga pass each other at a lock: none of them rests on another whose answer is not known.
  return waitsFor === 'lock' && entry.origin.saga !== undefined ? 'apart' : 'in order'
}

/** What one commit does for several messages of a key stands in it in their order. */
function judgeTogether(
  { service, entries }: AppliedCommit,
  taken: readonly Taken[],
): string | undefined {
  if (taken.length < 2 || entries.length < 2) return undefined
  const messages = new Map(taken.map((each) => [messageId(each.entry), each]))
  const latest = new Map<string, number>()
  return firstOf(entries, (effect) => {
    const message = messages.get(effect.origin.cause ?? '')
    if (!message) return undefined
    const { position, partition } = message.entry
    const name = `${service} ${message.consumer} ${message.source} ${partition} ${orderKey(message.entry)}`
    const before = latest.get(name) ?? 0
    latest.set(name, position)
    return before > position ? overtaken(name, before, position) : undefined
  })
}

function overtaken(name: string, position: number, early: number): string {
  return `${name}: the message at ${position} took effect before the one at ${early}, which waits.`
}
