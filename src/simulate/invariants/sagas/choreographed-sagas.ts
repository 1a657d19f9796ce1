// What became of each choreographed saga, from the events of its participants: nobody of them knows it all.
import type { Saga } from '../../../language/saga/saga-plan.ts'
import type { System } from '../../../language/system.ts'
import { type SagaMail, readMail } from '../../../sagas/choreography/token.ts'
import { judgeEnd, judgeUndo, type SagaDeeds } from '../../../sagas/judge-saga.ts'
import { stepNode } from '../../../sagas/saga-nodes.ts'
import type { SagaState, SagaStatus } from '../../../sagas/saga-state.ts'
import { parseStepName } from '../../../sagas/step-name.ts'
import type { AppliedCommit, Ledger, LedgerEntry } from '../../world/ledger.ts'
import { goBy, type Instance, openInstance } from './saga-instance.ts'

type Written = NonNullable<AppliedCommit['commit']['documents']>[number]

interface Known extends Instance {
  /** What the participants say of it, as far as it went. */
  said: SagaState | undefined
}

/** The instances of all choreographed sagas of a system. */
export class ChoreographyBook {
  readonly #sagas: ReadonlyMap<string, { readonly saga: Saga; readonly by: string }>
  readonly #instances = new Map<string, Known>()

  constructor({ sagas }: System) {
    const own = sagas.filter(({ kind }) => kind === 'choreographed')
    this.#sagas = new Map(own.map(({ saga, by }) => [saga.name, { saga, by }] as const))
  }

  get size(): number {
    return this.#instances.size
  }

  /** Takes a commit of any service. Gives the first thing that is wrong. */
  take({ entries, commit }: AppliedCommit): string | undefined {
    if (this.#sagas.size === 0) return undefined
    for (const write of commit.documents ?? []) this.#write(write)
    for (const entry of entries) {
      this.#hear(entry)
      const problem = entry.kind === 'event' ? this.#done(entry.origin.command ?? '') : undefined
      if (problem !== undefined) return problem
    }
    return undefined
  }

  /** Judges how each instance has ended. */
  end(world: Ledger): readonly string[] {
    return Array.from(this.#instances, ([name, instance]) => {
      const { saga, key } = instance
      const by = this.#sagas.get(saga.name)?.by ?? ''
      const text = world.of(by).views.get(`saga:${saga.name}`)?.get(key)?.value
      // Why the cast: the choreographer writes these documents.
      const status = text === undefined ? 'gone' : (JSON.parse(text) as SagaState).status
      const deeds = knownDeeds(instance, status as SagaStatus)
      return judgeEnd(saga, deeds, status as SagaStatus).map((problem) => `${name}: ${problem}.`)
    }).flat()
  }

  #write({ view, key, value }: Written): void {
    const name = view.startsWith('saga:') ? view.slice(5) : ''
    const known = this.#open(name, key)
    // Why the cast: the choreographer writes these documents.
    if (known && value !== undefined) this.#goBy(known, () => JSON.parse(value) as SagaState)
  }

  #open(name: string, key: string): Known | undefined {
    const found = this.#sagas.get(name)
    if (!found) return undefined
    const id = `${name}/${key}`
    const known = this.#instances.get(id) ?? { ...openInstance(found.saga, key), said: undefined }
    this.#instances.set(id, known)
    return known
  }

  #hear({ origin: { saga } }: LedgerEntry): void {
    if (saga?.mail === undefined) return
    const known = this.#open(saga.name, saga.key)
    const state = known && stateIn(readMail(saga.mail))
    if (!state) return
    known.said = state
    this.#goBy(known, () => state)
  }

  /** What began by an earlier plan goes on by it, until its participants say that it has moved. */
  #goBy(instance: Known, said: () => SagaState): void {
    const newest = this.#sagas.get(instance.saga.name)?.saga
    if (newest && newest.earlier.length > 0) goBy(instance, newest, said())
  }

  /** An event: its command is one of a saga when its id says so. */
  #done(id: string): string | undefined {
    const path = id.slice(id.indexOf('/') + 1)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const instance = this.#instances.get(path.slice(0, end))
      if (instance) return this.#settle(instance, path.slice(end + 1))
    }
    return undefined
  }

  #settle(instance: Known, name: string): string | undefined {
    const { saga, key, here } = instance
    // One command may have several events.
    if (here.has(name)) return undefined
    here.add(name)
    const { step, undo } = parseStepName(name)
    if (undo) {
      const [problem] = judgeUndo(saga, instance, step)
      instance.undone.push(step)
      return problem === undefined ? undefined : `${saga.name}/${key}: ${problem}.`
    }
    const node = stepNode(saga, step)
    if (!node) return undefined
    instance.done.push(step)
    if (node.node === 'step' && node.pivot) instance.isPivotDone = true
    return undefined
  }
}

function stateIn(mail: SagaMail): SagaState | undefined {
  if (mail.kind === 'ended') return mail.state
  return 'token' in mail ? mail.token.state : undefined
}

/** What an instance has done; what led to no event is only known from what is said. */
function knownDeeds(instance: Known, status: SagaStatus): SagaDeeds {
  const { said, done, undone, isPivotDone } = instance
  if (!said) return instance
  const hidden =
    status === 'compensated' ? done.filter((step) => said.steps[step]?.status === 'undone') : []
  return {
    ...instance,
    isPivotDone: isPivotDone || said.pivotPassed,
    undone: [...new Set([...undone, ...hidden])],
    mayPark: said.pivotPassed || said.failure !== undefined,
  }
}
