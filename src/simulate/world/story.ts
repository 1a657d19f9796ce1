// What happened in a world, in its order: for people, and kept only when somebody wants to read it.
import type { EncodedMessage } from '../../messaging/broker.port.ts'
import type { Entry } from '../../log/store.port.ts'
import type { FaultInstance } from '../faults/plan.ts'
import type { AppliedCommit } from './ledger.ts'

/** A step of a run, and when that was. */
export interface Moment {
  readonly step: number
  /** Milliseconds since the start of the world. */
  readonly atMs: number
}

/** Something that happened, for the story of a run. */
export interface Happening extends Moment {
  readonly kind:
    | 'call'
    | 'answer'
    | 'commit'
    | 'message'
    | 'process'
    | 'fault'
    | 'report'
    | 'violation'
  /** Where it happened, or where it comes from: a process, a service or a client. */
  readonly from: string
  readonly to?: string
  readonly text: string
  /** What more is to be said of it: the data of a call, who takes a message, how long a fault lasts. */
  readonly detail?: string
}

export interface Passing {
  readonly from: string
  readonly to: string
  readonly messages: readonly EncodedMessage[]
  readonly detail?: string
}

/** Types that are named of one batch. */
const typesMax = 4

export interface Story {
  readonly happenings: readonly Happening[]
  /** Whether the story is kept: what costs something to tell is not told otherwise. */
  readonly isKept: boolean
  tell(happening: Omit<Happening, keyof Moment>): void
  tellOfCommit(applied: AppliedCommit): void
  tellOfFault(fault: FaultInstance): void
  /** Messages that reach the broker, or somebody else from there. */
  tellOfMessages(passing: Passing): void
}

/** Begins a story. */
export function createStory(isKept: boolean, moment: () => Moment): Story {
  const happenings: Happening[] = []
  const tell: Story['tell'] = (happening) => {
    if (isKept) happenings.push({ ...happening, ...moment() })
  }
  return {
    happenings,
    isKept,
    tell,
    tellOfFault({ kind, place, lastsMs }) {
      const detail = lastsMs ? { detail: `for ${lastsMs} ms` } : {}
      tell({ kind: 'fault', from: place, text: kind, ...detail })
    },
    tellOfMessages({ messages, ...passing }) {
      if (!isKept || messages.length === 0) return
      const types = [...new Set(messages.map(wordsOfMessage))]
      const text = `${types.slice(0, typesMax).join(', ')}${types.length > typesMax ? ', ...' : ''}`
      tell({ kind: 'message', text, ...passing })
    },
    tellOfCommit({ service, process, entries, commit }) {
      if (!isKept) return
      const types = entries.map(wordsOfEntry)
      const parked = (commit.park ?? []).map(({ key }) => `parks ${key}`)
      const text = [...types, ...parked].join(', ')
      if (text !== '') tell({ kind: 'commit', from: process, to: service, text })
    },
  }
}

function wordsOfEntry({ type, kind }: Entry): string {
  if (kind === 'reply') return `answer to ${type}`
  return kind === 'command' ? `command ${type}` : type
}

/** A command goes to the service that its name begins with, an answer to another one. */
function wordsOfMessage({ type, to }: EncodedMessage): string {
  if (to === undefined) return type
  return type.startsWith(`${to}.`) ? `command ${type}` : `answer to ${type}`
}
