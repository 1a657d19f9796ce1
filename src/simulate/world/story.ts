// What happened in a world, in its order: for people, and kept only when somebody wants to read it.
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
}

export interface Story {
  readonly happenings: readonly Happening[]
  /** Whether the story is kept: what costs something to tell is not told otherwise. */
  readonly isKept: boolean
  tell(happening: Omit<Happening, keyof Moment>): void
  tellOfCommit(applied: AppliedCommit): void
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
    tellOfCommit({ service, process, entries, commit }) {
      if (!isKept) return
      const types = entries.map(({ type, kind }) => (kind === 'reply' ? `answer to ${type}` : type))
      const parked = (commit.park ?? []).map(({ key }) => `parks ${key}`)
      const text = [...types, ...parked].join(', ')
      if (text !== '') tell({ kind: 'commit', from: process, to: service, text })
    },
  }
}
