import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { ProcessOperations } from '../../calls/processes.ts'
import { DureError, errorCatalogue, type ErrorCode, messageOf } from '../../language/errors.ts'
import type {
  IdleReport,
  Operations,
  ParkedSummary,
  RebuildProgress,
  StatusReport,
} from '../../runtime/running-system.port.ts'
import { type ControlNote, readNote } from './control-place.ts'
import type { ControlLine, ControlRequest, DoorQuestion } from './control-protocol.ts'

/** How long nothing may come from the door. A view is rebuilt without a word for longer than anything else takes. */
const silenceMsMax = 120_000

/** A system that runs in another process. */
export interface RemoteSystem extends Operations, ProcessOperations {
  readonly note: ControlNote
}

/**
 * Finds the system that runs on a data folder, by the note that it has left there.
 *
 * Gives `undefined` when none runs, also when a killed process has left its note behind.
 */
export async function reachSystem(folder: string): Promise<RemoteSystem | undefined> {
  const note = readNote(folder)
  if (!note) return undefined
  const remote = remoteSystem(note)
  try {
    await remote.idle()
    return remote
  } catch (thrown) {
    if (thrown instanceof DureError && thrown.code === 'CLI_NOT_RUNNING') return undefined
    throw thrown
  }
}

function remoteSystem(note: ControlNote): RemoteSystem {
  const ask = (operation: DoorQuestion, facts?: ControlRequest): Promise<unknown> =>
    askDoor({ note, operation, facts: facts ?? {} })
  // Why the casts: the other end is Dure itself, and answers with the very types of `Operations`.
  return {
    note,
    idle: () => ask('idle') as Promise<IdleReport>,
    status: () => ask('status') as Promise<StatusReport>,
    parked: () => ask('parked') as Promise<readonly ParkedSummary[]>,
    showParked: (id) => ask('showParked', { id }) as Promise<ParkedSummary>,
    redrive: (id) => ask('redrive', { id }) as ReturnType<Operations['redrive']>,
    previewRedrive: (id) =>
      ask('previewRedrive', { id }) as ReturnType<Operations['previewRedrive']>,
    sagas: (filter = {}) =>
      ask('sagas', { filter: JSON.stringify(filter) }) as ReturnType<Operations['sagas']>,
    saga: (saga, key) => ask('saga', { saga, key }) as ReturnType<Operations['saga']>,
    intervene: (request) =>
      ask('intervene', { request: JSON.stringify(request) }) as ReturnType<Operations['intervene']>,
    previewIntervention: (request) =>
      ask('previewIntervention', { request: JSON.stringify(request) }) as ReturnType<
        Operations['previewIntervention']
      >,
    locks: () => ask('locks') as ReturnType<Operations['locks']>,
    freeLock: (request) =>
      ask('freeLock', { request: JSON.stringify(request) }) as ReturnType<Operations['freeLock']>,
    dropParked: async (id) => void (await ask('dropParked', { id })),
    rebuildView: async (service, view, progress) =>
      void (await askDoor({ note, operation: 'rebuildView', facts: { service, view }, progress })),
    processes: () => ask('processes') as ReturnType<ProcessOperations['processes']>,
    scale: (group, replicas) =>
      ask('scale', { group, replicas: String(replicas) }) as ReturnType<ProcessOperations['scale']>,
    roll: (group) =>
      ask('roll', group === undefined ? {} : { group }) as ReturnType<ProcessOperations['roll']>,
  }
}

interface Question {
  readonly note: ControlNote
  readonly operation: DoorQuestion
  readonly facts: ControlRequest
  readonly progress?: ((at: RebuildProgress) => void) | undefined
}

async function askDoor(question: Question): Promise<unknown> {
  const answer = await openAnswer(question)
  try {
    for await (const text of linesOf(answer)) {
      // Why the cast: see above.
      const line = JSON.parse(text) as ControlLine
      if ('result' in line) return line.result
      if ('error' in line) throw new DureError(codeOf(line.error.code), line.error.message)
      question.progress?.(line.progress)
    }
  } catch (thrown) {
    throw thrown instanceof DureError ? thrown : goneError(question.note, thrown)
  }
  throw goneError(question.note)
}

/** Complete lines as they come. Unlike `readline` it fails when the other end goes away. */
async function* linesOf(answer: IncomingMessage): AsyncIterable<string> {
  let rest = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer) {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

async function openAnswer({ note, operation, facts }: Question): Promise<IncomingMessage> {
  const outgoing = request({
    socketPath: note.socket,
    path: `/${operation}`,
    method: 'POST',
    timeout: silenceMsMax,
    agent: false,
  })
  outgoing.on('timeout', () => outgoing.destroy())
  outgoing.end(JSON.stringify(facts))
  try {
    // Why the cast: Node promises one response with the event.
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return answer
  } catch (thrown) {
    throw goneError(note, thrown)
  }
}

function goneError(note: ControlNote, cause?: unknown): DureError {
  const why = cause === undefined ? '' : ` (${messageOf(cause)})`
  const message = `System "${note.system}" of process ${note.pid} does not answer${why}. Start it, or try again when it runs.`
  return new DureError('CLI_NOT_RUNNING', message, { cause })
}

function codeOf(code: string): ErrorCode {
  return Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : 'INTERNAL_DEFECT'
}
