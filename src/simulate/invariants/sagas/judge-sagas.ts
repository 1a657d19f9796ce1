// What became of each saga, from the commands that were sent and the answers that were taken; its state only says how
// it ended, and that is held against them.
import type { Outcome } from '../../../language/message.ts'
import type { Saga } from '../../../language/saga/saga-plan.ts'
import { noticeStep } from '../../../sagas/advance-saga.ts'
import { stepNode } from '../../../sagas/saga-nodes.ts'
import { judgeEnd, judgeUndo } from '../../../sagas/judge-saga.ts'
import type { SagaState, SagaStatus } from '../../../sagas/saga-state.ts'
import { parseStepName, type StepName } from '../../../sagas/step-name.ts'
import type { AppliedCommit, LedgerEntry } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { ChoreographyBook } from './choreographed-sagas.ts'
import { inbox, readersOf } from '../built-in/readers.ts'
import { goBy, type Instance, openInstance, visibleDeeds } from './saga-instance.ts'
import { messageId, takenBy } from '../built-in/taken.ts'

const viewMark = 'saga:'

/** Compensations run in reverse order, once each; after the pivot nothing goes back; each instance ends in one way. */
export const judgeSagas: JudgeMaker = ({ system, ledger: world }) => {
  const readers = readersOf(system)
  const coordinators = new Map<string, SagaBook>()
  const choreography = new ChoreographyBook(system)
  for (const { by, saga, kind } of system.sagas) {
    if (kind === 'choreographed') continue
    const book = coordinators.get(by) ?? new SagaBook(by)
    coordinators.set(by, book.keep(saga))
  }
  return {
    name: 'a saga ends in one way, and what it undoes is undone in reverse order, once each',
    hasLooked: () => [...coordinators.values(), choreography].some(({ size }) => size > 0),
    applied(applied) {
      const problem = choreography.take(applied)
      const book = coordinators.get(applied.service)
      if (problem !== undefined || !book) return problem
      const replies: LedgerEntry[] = []
      for (const { entry, consumer, isParked } of takenBy(applied, { world, readers })) {
        if (entry.kind === 'reply' && consumer === inbox && !isParked) replies.push(entry)
      }
      return book.take(applied, replies)
    },
    atRest() {
      const books = [...coordinators.values()]
      return [
        ...books.flatMap((book) => book.end(world.of(book.service).views)),
        ...choreography.end(world),
      ]
    },
  }
}

/** The instances that one service coordinates. */
class SagaBook {
  readonly service: string
  readonly #sagas = new Map<string, Saga>()
  readonly #instances = new Map<string, Instance>()
  #problems: string[] = []

  constructor(service: string) {
    this.service = service
  }

  keep(saga: Saga): this {
    this.#sagas.set(saga.name, saga)
    return this
  }

  /** Takes the answers of a commit, and what was sent upon each. Gives the first thing that is wrong. */
  take({ commit, entries }: AppliedCommit, replies: readonly LedgerEntry[]): string | undefined {
    if (!commit.documents && replies.length === 0) return undefined
    this.#problems = []
    for (const { view, key, value } of commit.documents ?? []) {
      if (view.startsWith(viewMark)) this.#write(view.slice(viewMark.length), key, value)
    }
    const waiting = [...replies]
    for (const entry of entries) {
      const { cause } = entry.origin
      const place = waiting.findIndex((reply) => messageId(reply) === cause)
      for (const reply of waiting.splice(0, place + 1)) this.#answered(reply)
      this.#done(entry)
    }
    for (const reply of waiting) this.#answered(reply)
    return this.#problems[0]
  }

  /** Judges how each instance has ended. */
  end(views: ReadonlyMap<string, ReadonlyMap<string, { readonly value: string }>>): string[] {
    this.#problems = []
    for (const [name, instance] of this.#instances) {
      const { saga, key } = instance
      const text = views.get(`${viewMark}${saga.name}`)?.get(key)?.value
      // Why the cast: the coordinator writes these documents.
      const status = text === undefined ? 'gone' : (JSON.parse(text) as SagaState).status
      const deeds = visibleDeeds(instance, this.service, status as SagaStatus)
      for (const problem of judgeEnd(saga, deeds, status as SagaStatus)) this.#note(name, problem)
    }
    return this.#problems
  }

  /** Instances that it knows. */
  get size(): number {
    return this.#instances.size
  }

  #note(name: string, problem: string): void {
    this.#problems.push(`${name}: ${problem}.`)
  }

  #write(name: string, key: string, text: string | undefined): void {
    const saga = this.#sagas.get(name)
    if (!saga) return
    const id = `${name}/${key}`
    const instance = this.#instances.get(id) ?? openInstance(saga, key)
    this.#instances.set(id, instance)
    if (text === undefined) return
    // Why the cast: the coordinator writes these documents.
    if (saga.earlier.length > 0) goBy(instance, saga, JSON.parse(text) as SagaState)
    if (!text.includes('"endedAtMs"')) instance.lastOpen = text
  }

  #answered(reply: LedgerEntry): void {
    const { saga: address } = reply.origin
    const instance = address && this.#instances.get(`${address.name}/${address.key}`)
    if (!instance) return
    // Why the cast: replies hold the outcome of a command.
    const outcome = JSON.parse(reply.data) as Outcome
    instance.pending = instance.pending.filter((each) => each.step !== address.step)
    this.#settle(instance, address.step, outcome.ok)
  }

  #settle(instance: Instance, name: string, isOk: boolean): void {
    const { step, undo } = parseStepName(name)
    if (!isOk) return this.#rejected(instance, { step, undo })
    if (undo) instance.undone.push(step)
    else if (step !== noticeStep) {
      const node = stepNode(instance.saga, step)
      instance.done.push(step)
      if (node?.node === 'step' && node.pivot) instance.isPivotDone = true
    }
  }

  #rejected(instance: Instance, { step, undo }: StepName): void {
    instance.mayPark ||= instance.isPivotDone || undo || step === noticeStep
    if (stepNode(instance.saga, step)?.retry) this.#sendableAgain(instance, step)
  }

  /** A step that was rejected may be sent again, so often as its plan says. */
  #sendableAgain({ saga, sent, rejections }: Instance, step: string): void {
    const times = (rejections.get(step) ?? 0) + 1
    rejections.set(step, times)
    if (times <= (stepNode(saga, step)?.retry?.times ?? 0)) sent.delete(step)
  }

  /** Something that a saga has sent to another service, or done in its own. */
  #done(entry: LedgerEntry): void {
    const { saga: address, command = '' } = entry.origin
    if (entry.kind === 'command' && address) {
      const instance = this.#instances.get(`${address.name}/${address.key}`)
      if (!instance)
        return this.#note(`${address.name}/${address.key}`, 'it sends, and is not kept')
      this.#send(instance, address.step)
      instance.pending = [...instance.pending, { step: address.step }]
    } else if (entry.kind === 'event') this.#doneHere(command)
  }

  /** An event of the own service: a command of a saga that was decided at once, when its id says so. */
  #doneHere(id: string): void {
    const path = id.slice(id.indexOf('/') + 1)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const instance = this.#instances.get(path.slice(0, end))
      const step = path.slice(end + 1)
      if (!instance) continue
      // One command may have several events.
      if (instance.here.has(step)) return
      instance.here.add(step)
      this.#send(instance, step)
      return this.#settle(instance, step, true)
    }
  }

  #send(instance: Instance, name: string): void {
    const { saga, key, sent } = instance
    const { step, undo } = parseStepName(name)
    const id = `${saga.name}/${key}`
    if (sent.has(name)) this.#note(id, `${name} was sent twice`)
    sent.add(name)
    if (undo) {
      instance.isTurned = true
      for (const problem of judgeUndo(saga, instance, step)) this.#note(id, problem)
    } else if (instance.isTurned && step !== noticeStep) {
      this.#note(id, `${step} was sent after it had turned back`)
    }
  }
}
