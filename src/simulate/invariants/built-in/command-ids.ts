import type { LedgerEntry } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'

/** The ids under which something was done in one service, and in which of its commits. */
interface Effects {
  commits: number
  readonly decided: Map<string, number>
  readonly sent: Map<string, number>
  readonly answered: Map<string, number>
}

/** A command has its effects in one commit, and no other one: decided once, sent once, answered once. */
export const judgeEffects: JudgeMaker = () => {
  const services = new Map<string, Effects>()
  const effectsOf = (service: string): Effects => {
    const known = services.get(service)
    if (known) return known
    const fresh = { commits: 0, decided: new Map(), sent: new Map(), answered: new Map() }
    services.set(service, fresh)
    return fresh
  }
  return {
    name: 'a command takes effect once, for as long as the log is kept',
    applied({ service, ledger, commit, entries }) {
      const { id } = commit
      if (id !== undefined && ledger.commands.has(id))
        return `${id} took effect in ${service} twice.`
      if (entries.length === 0) return undefined
      const effects = effectsOf(service)
      effects.commits += 1
      return firstOf(entries, (entry) => judgeOnce(effects, service, entry))
    },
  }
}

const words = { event: 'decided', command: 'sent', reply: 'answered' } as const

function judgeOnce(effects: Effects, service: string, entry: LedgerEntry): string | undefined {
  const { kind, type } = entry
  const meta = entry.origin
  const id = kind === 'event' ? meta.command : meta.id
  if (id === undefined) return `${type} of ${service} does not say which command led to it.`
  const word = words[kind]
  const before = effects[word].get(id)
  if (before === undefined) effects[word].set(id, effects.commits)
  else if (before !== effects.commits || kind !== 'event') {
    return `${id} was ${word} in ${service} twice: ${type}.`
  }
  return undefined
}
