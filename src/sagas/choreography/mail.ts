// Messages of choreographed sagas as entries of the log, and back.
import { assertThat } from '../../language/errors.ts'
import type { EntryMeta, NewEntry } from '../../log/store.port.ts'
import { type Envelope, sagaOf } from '../../messaging/envelope.ts'
import { commandEntry, noticeEntry } from '../../messaging/send.ts'
import { addressName, idName, parseStepName, type StepName } from '../step-name.ts'
import type { SagaState } from '../saga-state.ts'
import { readMail, type SagaMail, type SagaToken, type TokenSend } from './token.ts'

/** A message without a command: to whom, and what is told. */
export interface AddressedMail {
  readonly to: string
  /** Tells it from the other messages of the instance. */
  readonly step: string
  readonly mail: SagaMail
}

/** The command of a step, with the token. */
export function stepEntry(
  token: SagaToken,
  send: TokenSend,
  { meta, partitions }: { readonly meta: EntryMeta; readonly partitions: number },
): NewEntry {
  const { saga: name, key } = token.state
  const mail = JSON.stringify({ kind: 'step', token } satisfies SagaMail)
  const saga = { name, key, step: addressName(send), mail }
  const id = idOf(token, token.state, idName(send))
  return commandEntry(send.command, {
    key: `${name}/${key}`,
    partitions,
    meta: { ...meta, id, saga },
    atMs: token.sentAtMs,
  })
}

export interface TellPlace {
  readonly name: string
  readonly key: string
  readonly run: string
  readonly meta: EntryMeta
  readonly partitions: number
  readonly atMs: number
}

/** Something that is told without a command. */
export function tellEntry(place: TellPlace, { to, step, mail }: AddressedMail): NewEntry {
  const { name, key, run, meta, partitions, atMs } = place
  const saga = { name, key, step, mail: JSON.stringify(mail) }
  const id = idOf({ run }, { saga: name, key }, step)
  // Trap: who is told to stop may have parked the step itself. What waits for that must not be what ends the waiting.
  const isApart = mail.kind === 'stop' || mail.kind === 'forget'
  return noticeEntry(to, `${name}.${mail.kind}`, {
    key: isApart ? `${name}/${key}/stop` : `${name}/${key}`,
    partitions,
    meta: { ...meta, id, saga },
    atMs,
  })
}

/** What came with the command of a step. */
export interface StepMail extends StepName {
  readonly token: SagaToken
}

/** Why kept: a message is looked at before its command and after it, and again with every draft that is built anew. */
const read = new WeakMap<Envelope, StepMail>()

/** The token that came with the command of a step. Trap: it is shared, and nobody may change it. */
export function stepIn(envelope: Envelope): StepMail {
  const known = read.get(envelope)
  if (known) return known
  const address = sagaOf(envelope)
  const mail = address?.mail === undefined ? undefined : readMail(address.mail)
  assertThat(
    address !== undefined && mail?.kind === 'step',
    'A command of a saga came without its token.',
  )
  const step = { token: mail.token, ...parseStepName(address.step) }
  read.set(envelope, step)
  return step
}

/** The id of a command, or of what is told: the same whenever it is sent. */
export function idOf(
  { run }: Pick<SagaToken, 'run'>,
  { saga, key }: Pick<SagaState, 'saga' | 'key'>,
  step: string,
): string {
  return `${run}/${saga}/${key}/${step}`
}

/** An instance that was parked may end again: each end is told under a name of its own. */
export function endOf({ interventions = [] }: SagaState): string {
  return `ended/${interventions.length}`
}

/** A token as it is now, for a receiver in this life of its log. */
export function tokenOf(
  { from, run }: Pick<SagaToken, 'from' | 'run'>,
  now: Pick<SagaToken, 'state' | 'forks' | 'rest' | 'sentAtMs'>,
  life: string | undefined,
): SagaToken {
  return { from, run, ...now, ...(life !== undefined && { life }) }
}
