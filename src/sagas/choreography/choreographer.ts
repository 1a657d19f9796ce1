// The part of a service in choreographed sagas, derived from their plans: on the outcome before its own it carries out
// its command and passes the saga on; on a failure from behind it undoes, and passes it back. Nobody is in command.
// What a service does, what it notes and what it passes on are one commit.
// Source: Richardson, "Saga" pattern (choreography); Garcia-Molina and Salem, "Sagas".
import { assertThat } from '../../language/errors.ts'
import type { Outcome } from '../../language/message.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import type { SystemSaga } from '../../language/system.ts'
import type { EntryMeta } from '../../log/store.port.ts'
import { type Envelope, sagaOf } from '../../messaging/envelope.ts'
import { metaCausedBy } from '../../messaging/send.ts'
import type { Draft } from '../../runtime/draft.ts'
import { asStored } from '../as-stored.ts'
import {
  type DecideLocally,
  type SagaAddress,
  type SagaBegin,
  type SagaIntervening,
} from '../coordinator.ts'
import { isOpen, type SagaState } from '../saga-state.ts'
import { interveneSaga } from '../intervene-saga.ts'
import { knownSaga, planOf } from '../versions/plan-of.ts'
import { beginAtOnce, type Begun, beginSaga, sendsAll } from './begin-saga.ts'
import { collectorOf, participantsOfPlans } from './collectors.ts'
import { InitiatedSagas } from './initiated.ts'
import { joinWay } from './joins.ts'
import { type AddressedMail, endOf, idOf, stepEntry, stepIn, tellEntry, tokenOf } from './mail.ts'
import { addressName, idName } from '../step-name.ts'
import { forgetStop, noteStop, stopOf } from './stops.ts'
import { rest } from './rest.ts'
import { type Notice, type Sender, senderOf, type Stay } from './stay.ts'
import { TokenWalk } from './token-walk.ts'
import { readMail, type SagaMail, type SagaToken, type TokenFork, type TokenSend } from './token.ts'

export interface ChoreographerOptions {
  readonly service: string
  /** Every saga of the system: one that is coordinated now may have instances that are passed on. */
  readonly sagas: readonly SystemSaga[]
  /** Names of all services: told to stop where a plan does not name those that take part. */
  readonly services: readonly string[]
  readonly incarnation: string
  /** The incarnation of the log of a service, as far as it is known. */
  readonly incarnationOf: (service: string) => string | undefined
  readonly partitions: number
  readonly decideLocally: DecideLocally
}

/** What an event starts. */
export interface SagaBeginning {
  readonly input: () => unknown
  readonly meta: EntryMeta
}

export interface Choreographer {
  /** Starts an instance; one that exists already goes on untouched. */
  start(draft: Draft, begin: SagaBegin): void
  /**
   * Starts an instance in the commit of the event that starts it, where nothing of that can fail. Else the event starts
   * it when it is taken as a message.
   */
  startAtOnce(draft: Draft, saga: Saga, begin: SagaBeginning): void
  /** The deadline of an instance that this service has started, or the time for one that rests here to go on. */
  deadline(draft: Draft, address: SagaAddress): void
  /** Does to an instance that this service has started what an operator decided, and gives what is kept of it then. */
  intervene(draft: Draft, intervening: SagaIntervening, kept: SagaState): SagaState
  /** Whether the command of a step may still be carried out; when not, the saga turns back here and now. */
  admits(draft: Draft, envelope: Envelope): boolean
  /** Goes on from a command that this service has just decided. @throws `SAGA_VERSION_UNKNOWN`, `SAGA_MAPPING_REFUSED`. */
  decided(draft: Draft, envelope: Envelope, outcome: Outcome): void
  /** Takes what another participant says without a command. */
  told(draft: Draft, envelope: Envelope): void
  /** Whether an instance is one of a choreographed saga that this service starts. */
  starts(saga: string): boolean
}

/** Creates the choreographer of a service. */
export function createChoreographer(options: ChoreographerOptions): Choreographer {
  return new ServiceChoreographer(options)
}

class ServiceChoreographer implements Choreographer {
  readonly #options: ChoreographerOptions
  readonly #initiated = new InitiatedSagas()
  readonly #sagas: ReadonlyMap<string, Saga>

  constructor(options: ChoreographerOptions) {
    this.#options = options
    this.#sagas = new Map(options.sagas.map(({ saga }) => [saga.name, saga] as const))
  }

  starts(saga: string): boolean {
    const { sagas, service } = this.#options
    const isOwn = (each: SystemSaga): boolean => each.saga.name === saga && each.by === service
    return sagas.some((each) => each.kind === 'choreographed' && isOwn(each))
  }

  start(draft: Draft, { saga: name, input, meta }: SagaBegin): void {
    const saga = this.#find(name)
    const begun = beginSaga(saga, input, draft.atMs)
    if (this.#initiated.begin(draft, saga, begun.state.key))
      this.#setOut(draft, saga, { begun, meta })
  }

  startAtOnce(draft: Draft, saga: Saga, { input, meta }: SagaBeginning): void {
    if (!this.starts(saga.name)) return
    const { service } = this.#options
    const begun = beginAtOnce(saga, input, { service, atMs: draft.atMs })
    if (!begun || this.#initiated.has(draft, saga, begun.state.key)) return
    if (sendsAll(draft, () => this.#setOut(draft, saga, { begun, meta })))
      this.#initiated.begin(draft, saga, begun.state.key)
  }

  #setOut(draft: Draft, saga: Saga, { begun, meta }: Begun): void {
    const { saga: name, key } = begun.state
    const walk = new TokenWalk(saga, { state: begun.state, forks: [] }, draft.atMs)
    walk.adopt(begun)
    this.#goOn(draft, {
      walk,
      token: this.#own(),
      meta: { correlation: `${name}/${key}`, ...meta },
    })
  }

  deadline(draft: Draft, { name, key, mail }: SagaAddress): void {
    if (mail !== undefined)
      return this.#take(
        draft,
        { name, key },
        { mail: readMail(mail), meta: { correlation: `${name}/${key}` } },
      )
    const saga = this.#sagas.get(name)
    if (!saga || !this.#initiated.stop(draft, saga, key)) return
    this.#tellAll(draft, {
      saga,
      key,
      mail: { kind: 'stop' },
      meta: { correlation: `${name}/${key}` },
    })
  }

  intervene(
    draft: Draft,
    { saga: name, key, intervention, meta }: SagaIntervening,
    kept: SagaState,
  ): SagaState {
    const saga = this.#find(name)
    const dated = { ...intervention, atMs: draft.atMs }
    if (dated.act === 'cancel' && kept.status === 'running') {
      const { next, wasStopped } = this.#initiated.cancel(draft, saga, { key, intervention: dated })
      const mail = { kind: 'stop', intervention: dated } as const
      if (!wasStopped) this.#tellAll(draft, { saga, key, mail, meta })
      return next
    }
    const advance = interveneSaga(planOf(saga, kept), kept, dated)
    this.#initiated.resume(draft, saga, advance.state)
    if (!isOpen(advance.state)) return advance.state
    const walk = new TokenWalk(saga, { state: advance.state, forks: [] }, draft.atMs)
    walk.adopt(advance)
    this.#goOn(draft, { walk, token: this.#own(), meta })
    return advance.state
  }

  admits(draft: Draft, envelope: Envelope): boolean {
    const { token, step, undo } = stepIn(envelope)
    if (this.#isOfFormerLife(token)) return false
    const walk = this.#walk(draft, token)
    if (undo || !walk.isRevocable) return true
    const stop = stopOf(draft, token.state)
    if (!stop && !walk.isLate(step, token.sentAtMs)) return true
    walk.stop(step, stop)
    this.#goOn(draft, { walk, token, meta: metaCausedBy(envelope) })
    return false
  }

  decided(draft: Draft, envelope: Envelope, outcome: Outcome): void {
    const { token, step, undo } = stepIn(envelope)
    const walk = this.#walk(draft, token)
    walk.take({ kind: 'reply', step, undo, outcome: asStored(outcome) })
    this.#goOn(draft, { walk, token, meta: metaCausedBy(envelope) })
  }

  told(draft: Draft, envelope: Envelope): void {
    const address = sagaOf(envelope)
    assertThat(address?.mail !== undefined, 'A message of a choreographed saga carries nothing.')
    this.#take(draft, address, { mail: readMail(address.mail), meta: metaCausedBy(envelope) })
  }

  #take(
    draft: Draft,
    { name, key }: Pick<SagaAddress, 'name' | 'key'>,
    { mail, meta }: { readonly mail: SagaMail; readonly meta: EntryMeta },
  ): void {
    switch (mail.kind) {
      case 'joined': {
        if (this.#isOfFormerLife(mail.token)) return
        const walk = joinWay(draft, this.#find(name), mail)
        if (walk) this.#goOn(draft, { walk, token: mail.token, meta })
        return
      }
      case 'ended':
        return this.#end(draft, mail.state, meta)
      case 'stop':
        return noteStop(draft, { saga: name, key }, mail)
      case 'forget':
        return forgetStop(draft, { saga: name, key })
      case 'resting':
        return this.#wake(draft, mail, meta)
      case 'step':
        return assertThat(false, 'A step of a saga came without its command.')
    }
  }

  #walk(draft: Draft, { state, forks, rest }: SagaToken): TokenWalk {
    const walk = new TokenWalk(this.#find(state.saga), { state, forks }, draft.atMs)
    walk.sends.push(...rest)
    return walk
  }

  /** A saga that rested here goes on: what is due is sent again, unless the saga was stopped meanwhile. */
  #wake(
    draft: Draft,
    { token, dues }: Extract<SagaMail, { kind: 'resting' }>,
    meta: EntryMeta,
  ): void {
    const walk = this.#walk(draft, token)
    const stop = walk.isRevocable ? stopOf(draft, token.state) : undefined
    if (stop) walk.turnBack(stop.intervention)
    else walk.wake(dues)
    this.#goOn(draft, { walk, token, meta })
  }

  /** Carries out everything that is for this service, and passes on the rest. */
  #goOn(draft: Draft, stay: Stay): void {
    const { walk } = stay
    let out: readonly TokenSend[] = []
    for (let isStable = false; !isStable; ) {
      out = [...out, ...this.#carryOutAll(draft, stay)]
      // What was put aside may not be wanted any more by now: then it is settled, which may lead to more.
      const wanted = out.filter((send) => walk.isWanted(send))
      isStable = wanted.length === out.length
      walk.sends.push(...out.filter((send) => !walk.isWanted(send)))
      out = wanted
    }
    if (walk.rests) rest(draft, stay, out)
    else this.#passOn(draft, stay, out)
  }

  /** Gives what has to be sent. */
  #carryOutAll(draft: Draft, stay: Stay): readonly TokenSend[] {
    const { walk } = stay
    const out: TokenSend[] = []
    for (let send = walk.next(); send; send = walk.next()) {
      const outcome = this.#carryOut(draft, stay, send)
      const { step, undo } = send
      if (outcome) walk.take({ kind: 'reply', step, undo, outcome })
      else out.push(send)
    }
    return out
  }

  /** Gives the outcome of a command of the own service; undefined when it has to be sent. */
  #carryOut(draft: Draft, { walk, token, meta }: Stay, send: TokenSend): Outcome | undefined {
    if (send.command.service !== this.#options.service) return undefined
    const { type, data } = send.command
    const id = idOf(token, walk.state, idName(send))
    const saga = { name: walk.state.saga, key: walk.state.key, step: addressName(send) }
    const local = { type, data, id, meta: { ...meta, command: id }, saga }
    return asStored(this.#options.decideLocally(draft, local))
  }

  #passOn(draft: Draft, stay: Stay, sends: readonly TokenSend[]): void {
    const { walk, token } = stay
    const [first] = sends
    if (walk.isTurned || (!first && walk.forks.length > 0)) return this.#join(draft, stay)
    if (!first || !walk.isOpen) {
      assertThat(!walk.isOpen, `Saga ${walk.state.saga} ${walk.state.key} knows no way to go on.`)
      walk.forgetUnsent(sends)
      const mail = { kind: 'ended', state: walk.state } as const
      return this.#post(draft, senderOf(stay), { to: token.from, step: endOf(walk.state), mail })
    }
    // What is undone is undone one after the other; steps forward go all ways at once.
    if (walk.state.status !== 'running')
      return this.#send(draft, stay, { sends, forks: walk.forks })
    const ways = [...Map.groupBy(sends, ({ command }) => command.service).values()]
    if (ways.length === 1) return this.#send(draft, stay, { sends, forks: walk.forks })
    const at = collectorOf(walk.saga, first.step) ?? token.from
    const fork: TokenFork = { id: first.step, at, ways: ways.length, inputs: [] }
    for (const way of ways) this.#send(draft, stay, { sends: way, forks: [...walk.forks, fork] })
  }

  /** Sends the first command, and with it the token: the others are carried out by who gets it, or passed on. */
  #send(
    draft: Draft,
    { walk, token, meta }: Stay,
    {
      sends,
      forks,
    }: { readonly sends: readonly TokenSend[]; readonly forks: readonly TokenFork[] },
  ): void {
    const [first, ...rest] = sends
    if (!first) return
    const life = this.#options.incarnationOf(first.command.service)
    const passed = tokenOf(token, { state: walk.state, forks, rest, sentAtMs: draft.atMs }, life)
    const { partitions } = this.#options
    draft.entries.push(stepEntry(passed, first, { meta, partitions }))
  }

  #join(draft: Draft, stay: Stay): void {
    const { walk, token } = stay
    const fork = walk.forks.at(-1)
    if (!fork) return
    const { state, forks, pending } = walk
    const life = this.#options.incarnationOf(fork.at)
    const passed = tokenOf(token, { state, forks, rest: [], sentAtMs: draft.atMs }, life)
    const way = [...fork.inputs, ...pending].map(({ step }) => step).join('+')
    const mail = { kind: 'joined', token: passed, pending } as const
    this.#post(draft, senderOf(stay), { to: fork.at, step: `joined/${fork.id}/${way}`, mail })
  }

  /** Tells a service something; the own one takes it at once. */
  #post(draft: Draft, { name, key, run, meta }: Sender, { to, step, mail }: AddressedMail): void {
    if (to === this.#options.service) return this.#take(draft, { name, key }, { mail, meta })
    const { partitions } = this.#options
    const place = { name, key, run, partitions, meta, atMs: draft.atMs }
    draft.entries.push(tellEntry(place, { to, step, mail }))
  }

  /** The saga has come back to the service that started it. */
  #end(draft: Draft, state: SagaState, meta: EntryMeta): void {
    const saga = this.#find(state.saga)
    const wasStopped = this.#initiated.end(draft, saga, state)
    if (wasStopped) this.#tellAll(draft, { saga, key: state.key, mail: { kind: 'forget' }, meta })
  }

  #tellAll(draft: Draft, { saga, key, mail, meta }: Notice): void {
    const { services, incarnation } = this.#options
    const run = incarnation.slice(-12)
    for (const to of participantsOfPlans(saga) ?? services) {
      this.#post(
        draft,
        { name: saga.name, key, run, meta },
        { to, step: `${mail.kind}/${to}`, mail },
      )
    }
  }

  /** Trap: a log that was begun anew is read from its start, with what was meant for the service before. */
  #isOfFormerLife({ life }: SagaToken): boolean {
    return life !== undefined && life !== this.#options.incarnation
  }

  /** What a token says of where it comes from. */
  #own(): Pick<SagaToken, 'from' | 'run'> {
    return { from: this.#options.service, run: this.#options.incarnation.slice(-12) }
  }

  #find(name: string): Saga {
    return knownSaga(this.#sagas, name, this.#options.service)
  }
}
