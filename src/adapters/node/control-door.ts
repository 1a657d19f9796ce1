import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { ProcessOperations } from '../../calls/processes.ts'
import { DureError, messageOf } from '../../language/errors.ts'
import type { Operations, RebuildProgress } from '../../runtime/running-system.port.ts'
import { chooseSocket, removeNote, writeNote } from './control-place.ts'
import {
  type ControlLine,
  type ControlRequest,
  controlOperations,
  isControlOperation,
  isProcessOperation,
  processOperations,
  requestBytesMax,
} from './control-protocol.ts'

export interface ControlDoorOptions {
  /** The data folder of the system. */
  readonly folder: string
  readonly system: string
  readonly operations: Operations
  /** The supervisor, where one runs the system in several processes. */
  readonly processes?: ProcessOperations
  /** Where the gateway listens; told to whoever comes. */
  readonly url?: string | undefined
}

/** The operator's way into a running system. Disposing closes it. */
export interface ControlDoor extends AsyncDisposable {
  readonly socket: string
}

/**
 * Opens a door in the data folder through which this user's other processes can operate the system.
 *
 * A door that a killed process has left behind is replaced.
 *
 * @throws `STORE_LOCKED` when another process answers at the door.
 * @throws `STORE_UNAVAILABLE` when there is no place for it.
 */
export async function openControlDoor(options: ControlDoorOptions): Promise<ControlDoor> {
  const { folder, system, url } = options
  const socket = chooseSocket(folder)
  const server = createServer((incoming, outgoing) => void answer(options, incoming, outgoing))
  await listen(server, socket, folder)
  if (process.platform !== 'win32') chmodSync(socket, 0o600)
  writeNote(folder, { socket, pid: process.pid, system, ...(url !== undefined && { url }) })
  return {
    socket,
    async [Symbol.asyncDispose]() {
      removeNote(folder)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server, socket: string, folder: string): Promise<void> {
  try {
    await listenOnce(server, socket)
  } catch (thrown) {
    const isTaken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'
    if (!isTaken) throw doorError(folder, thrown)
    if (await isAnswered(socket)) {
      throw new DureError(
        'STORE_LOCKED',
        `Another process runs a system on "${folder}". Stop it, or use another folder.`,
        { cause: thrown },
      )
    }
    rmSync(socket, { force: true })
    await listenOnce(server, socket)
  }
}

function doorError(folder: string, thrown: unknown): DureError {
  const message = `The door of the running system cannot be opened in "${folder}": ${messageOf(thrown)}. Use a folder on a local disk.`
  return new DureError('STORE_UNAVAILABLE', message, { cause: thrown })
}

async function listenOnce(server: Server, socket: string): Promise<void> {
  server.listen(socket)
  await once(server, 'listening')
}

async function isAnswered(socket: string): Promise<boolean> {
  const connection = connect(socket)
  try {
    await once(connection, 'connect')
    return true
  } catch {
    return false
  } finally {
    connection.destroy()
  }
}

async function answer(
  behind: Behind,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const write = (line: ControlLine): void => void outgoing.write(`${JSON.stringify(line)}\n`)
  outgoing.setHeader('Content-Type', 'application/x-ndjson')
  try {
    const name = (incoming.url ?? '').slice(1)
    const question = incoming.method === 'POST' ? name : ''
    const request = await readRequest(incoming)
    const result = await carryOut(behind, { question, request }, (progress) => write({ progress }))
    write({ result: result ?? null })
  } catch (thrown) {
    const code = thrown instanceof DureError ? thrown.code : 'INTERNAL_DEFECT'
    write({ error: { code, message: messageOf(thrown) } })
  }
  outgoing.end()
}

type Behind = Pick<ControlDoorOptions, 'operations' | 'processes'>

async function carryOut(
  { operations, processes }: Behind,
  { question, request }: { readonly question: string; readonly request: ControlRequest },
  progress: (at: RebuildProgress) => void,
): Promise<unknown> {
  if (isControlOperation(question))
    return controlOperations[question](operations, request, progress)
  if (!isProcessOperation(question))
    throw new DureError('HTTP_ROUTE_UNKNOWN', 'The door of a running system does not know this.')
  if (processes) return processOperations[question](processes, request)
  throw new DureError(
    'PROCESS_UNKNOWN',
    'This system runs in one process, and nobody supervises others. Start it with: dure up.',
  )
}

async function readRequest(incoming: IncomingMessage): Promise<ControlRequest> {
  let text = ''
  incoming.setEncoding('utf8')
  for await (const chunk of incoming) {
    text += String(chunk)
    if (text.length > requestBytesMax) throw malformed()
  }
  try {
    const found: unknown = text === '' ? {} : JSON.parse(text)
    if (typeof found !== 'object' || found === null) throw malformed()
    return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, String(value)]))
  } catch {
    throw malformed()
  }
}

function malformed(): DureError {
  return new DureError(
    'HTTP_BODY_INVALID',
    'The door of a running system takes one small JSON object.',
  )
}
