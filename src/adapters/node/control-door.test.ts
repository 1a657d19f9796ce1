import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { DureError } from '../../language/errors.ts'
import type {
  Operations,
  ParkedSummary,
  RebuildProgress,
} from '../../runtime/running-system.port.ts'
import type { SagaStory } from '../../sagas/operating/saga-operations.ts'
import { reachSystem } from './control-client.ts'
import { openControlDoor } from './control-door.ts'
import { readNote } from './control-place.ts'

const root = mkdtempSync(join(tmpdir(), 'dure-door-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
function newFolder(name = 'data'): string {
  folders += 1
  const folder = join(root, `${name}-${folders}`)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

const parked: ParkedSummary = {
  id: 'order:views/stock/0/7',
  service: 'order',
  consumer: 'views',
  source: 'stock',
  position: 7,
  key: 'k',
  type: 'stock.Reserved',
  code: 'LOG_EVENT_UNREADABLE',
  reason: 'Type "x"\nunknown.',
  attempts: 3,
  atMs: 5,
}

// Why the cast: the door hands on what it gets, whatever it is.
const story = JSON.parse('{"saga":"s","key":"k","moments":[{"says":"ü"}]}') as SagaStory

/** Operations that note what was asked. */
function notingOperations(asked: string[]): Operations {
  const note = <T>(what: string, answer: T): Promise<T> => {
    asked.push(what)
    return Promise.resolve(answer)
  }
  return {
    idle: () => note('idle', { idle: true, services: {} }),
    status: () => note('status', { system: 'shop', startedAtMs: 1, services: [] }),
    parked: () => note('parked', [parked]),
    showParked: (id) => note(`show ${id}`, { ...parked, envelope: { data: [1] } }),
    redrive: (id) => note(`redrive ${id}`, { handled: false, reason: 'still broken' }),
    previewRedrive: (id) => note(`preview ${id}`, { handled: true, entries: [], timers: 1 }),
    sagas: (filter) => note(`sagas ${JSON.stringify(filter)}`, { instances: [], next: 'a/b' }),
    saga: (name, key) => note(`saga ${name} ${key}`, story),
    intervene: (request) =>
      note(`intervene ${JSON.stringify(request)}`, { id: 'c', repeated: false, status: 'running' }),
    previewIntervention: (request) =>
      note(`look ahead ${request.act}`, { status: 'running', entries: [], timers: 0 }),
    locks: () => note('locks', { locks: [], freed: [] }),
    freeLock: ({ instance, reason }) => note(`free ${instance} ${reason}`, { saga: 's', key: 'k' }),
    dropParked: (id) => note(`drop ${id}`, undefined),
    async rebuildView(service, view, progress) {
      asked.push(`rebuild ${service}/${view}`)
      for (const done of [1, 2]) progress?.({ service, view, done, total: 2 })
      if (view === 'none') throw new DureError('VIEW_UNKNOWN', 'There is no view "none".')
    },
  }
}

describe('openControlDoor', () => {
  it('passes every operation on, and answers with what it gave', async () => {
    const folder = newFolder()
    const asked: string[] = []
    await using _door = await openControlDoor({
      folder,
      system: 'shop',
      operations: notingOperations(asked),
    })
    const remote = await reachSystem(folder)
    assert.ok(remote)

    const answers = [
      await remote.status(),
      await remote.parked(),
      await remote.showParked('order:a/b'),
      await remote.redrive('order:ü "x"'),
      await remote.dropParked('z'),
      await remote.locks(),
      await remote.freeLock({ service: 's', instance: 'a/k', lock: 'l', reason: 'why' }),
    ]

    assert.deepEqual(asked, [
      'idle',
      'status',
      'parked',
      'show order:a/b',
      'redrive order:ü "x"',
      'drop z',
      'locks',
      'free a/k why',
    ])
    assert.deepEqual(answers, [
      { system: 'shop', startedAtMs: 1, services: [] },
      [parked],
      { ...parked, envelope: { data: [1] } },
      { handled: false, reason: 'still broken' },
      undefined,
      { locks: [], freed: [] },
      { saga: 's', key: 'k' },
    ])
  })

  it('passes what is asked of sagas on as it is', async () => {
    const folder = newFolder()
    const asked: string[] = []
    const operations = notingOperations(asked)
    await using door = await openControlDoor({ folder, system: 'shop', operations })
    const remote = await reachSystem(folder)
    assert.ok(remote)
    const request = {
      act: 'resolve',
      saga: 's',
      key: 'ü "k"',
      step: 'a/0',
      output: { ticket: [1] },
      reason: 'by hand',
    } as const

    const answers = [
      await remote.sagas(),
      await remote.sagas({ status: 'open', limit: 2 }),
      await remote.saga('s', 'ü "k"'),
      await remote.intervene(request),
      await remote.previewIntervention(request),
      await remote.previewRedrive('order:a/b'),
    ]

    assert.deepEqual(asked.slice(1), [
      'sagas {}',
      'sagas {"status":"open","limit":2}',
      'saga s ü "k"',
      `intervene ${JSON.stringify(request)}`,
      'look ahead resolve',
      'preview order:a/b',
    ])
    assert.deepEqual(answers, [
      { instances: [], next: 'a/b' },
      { instances: [], next: 'a/b' },
      story,
      { id: 'c', repeated: false, status: 'running' },
      { status: 'running', entries: [], timers: 0 },
      { handled: true, entries: [], timers: 1 },
    ])
    assert.match(await post(door.socket, '/sagas', '{"filter":"{"}'), /HTTP_BODY_INVALID/)
  })

  it('tells of progress while it goes on, and passes errors on with their codes', async () => {
    const folder = newFolder()
    await using _door = await openControlDoor({
      folder,
      system: 'shop',
      operations: notingOperations([]),
    })
    const remote = await reachSystem(folder)
    const seen: RebuildProgress[] = []

    await remote?.rebuildView('order', 'orders', (at) => seen.push(at))
    const failing = remote?.rebuildView('order', 'none')

    assert.deepEqual(
      seen.map(({ done, total }) => [done, total]),
      [
        [1, 2],
        [2, 2],
      ],
    )
    await assert.rejects(failing ?? Promise.resolve(), {
      code: 'VIEW_UNKNOWN',
      message: 'There is no view "none".',
    })
  })

  it('says who runs the system and where, to this user only', async () => {
    const folder = newFolder()
    const url = 'http://127.0.0.1:9'
    await using door = await openControlDoor({
      folder,
      system: 'shop',
      operations: notingOperations([]),
      url,
    })

    const note = readNote(folder)

    assert.deepEqual(note, { socket: door.socket, pid: process.pid, system: 'shop', url })
    assert.equal(statSync(door.socket).mode & 0o777, 0o600)
    assert.equal(statSync(join(folder, 'control.json')).mode & 0o777, 0o600)
  })

  it('leaves nothing behind when it is closed', async () => {
    const folder = newFolder()
    const door = await openControlDoor({ folder, system: 'shop', operations: notingOperations([]) })

    await door[Symbol.asyncDispose]()

    assert.equal(existsSync(door.socket), false)
    assert.equal(readNote(folder), undefined)
    assert.equal(await reachSystem(folder), undefined)
  })

  it('refuses a folder at whose door another process answers, and leaves that door alone', async () => {
    const folder = newFolder()
    const options = { folder, system: 'shop', operations: notingOperations([]) }
    await using _door = await openControlDoor(options)

    await assert.rejects(openControlDoor(options), { code: 'STORE_LOCKED' })

    assert.ok(await reachSystem(folder))
  })

  it('replaces the door of a process that was killed', async () => {
    const folder = newFolder()
    await openAndKill(folder)
    const stale = await reachSystem(folder)

    await using _door = await openControlDoor({
      folder,
      system: 'shop',
      operations: notingOperations([]),
    })

    assert.equal(stale, undefined)
    assert.equal((await reachSystem(folder))?.note.pid, process.pid)
  })

  it('lies in a private folder elsewhere when the path of the data is too long for a socket', async () => {
    const folder = newFolder(
      'a-folder-whose-name-is-so-long-that-no-socket-can-lie-in-it'.repeat(2),
    )

    await using door = await openControlDoor({
      folder,
      system: 'shop',
      operations: notingOperations([]),
    })

    const home = join(door.socket, '..')
    assert.notEqual(home, folder)
    assert.equal(statSync(home).mode & 0o777, 0o700)
    assert.ok(await reachSystem(folder))
    rmSync(home, { recursive: true, force: true })
  })

  it('refuses a place among the temporary files that others could look into', async () => {
    const folder = newFolder(
      'another-folder-whose-name-is-so-long-that-no-socket-can-lie-in-it'.repeat(2),
    )
    const options = { folder, system: 'shop', operations: notingOperations([]) }
    const first = await openControlDoor(options)
    const home = join(first.socket, '..')
    await first[Symbol.asyncDispose]()

    chmodSync(home, 0o755)

    await assert.rejects(openControlDoor(options), { code: 'STORE_UNAVAILABLE' })
    rmSync(home, { recursive: true, force: true })
  })

  it('refuses what it does not know, what is no JSON object, and what is too long', async () => {
    const folder = newFolder()
    await using door = await openControlDoor({
      folder,
      system: 'shop',
      operations: notingOperations([]),
    })
    const ask = (path: string, body: string): Promise<string> => post(door.socket, path, body)

    const codes = [
      await ask('/constructor', '{}'),
      await ask('/stop', '{}'),
      await ask('/redrive', '[broken'),
      await ask('/redrive', '7'),
      await ask('/redrive', `{"id":"${'x'.repeat(70_000)}"}`),
    ].map((text) => /"code":"(\w+)"/.exec(text)?.[1])

    assert.deepEqual(codes, [
      'HTTP_ROUTE_UNKNOWN',
      'HTTP_ROUTE_UNKNOWN',
      'HTTP_BODY_INVALID',
      'HTTP_BODY_INVALID',
      'HTTP_BODY_INVALID',
    ])
  })
})

describe('reachSystem', () => {
  it('says that a system which goes away during an operation does not answer', async () => {
    const folder = newFolder()
    const operations: Operations = {
      ...notingOperations([]),
      status: () => new Promise(() => undefined),
    }
    const door = await openControlDoor({ folder, system: 'shop', operations })
    const remote = await reachSystem(folder)

    const asking = remote?.status()
    await door[Symbol.asyncDispose]()

    await assert.rejects(asking ?? Promise.resolve(), { code: 'CLI_NOT_RUNNING' })
  })
})

/** Opens a door in another process and kills that process. */
async function openAndKill(folder: string): Promise<void> {
  const program = `
    import { openControlDoor } from ${JSON.stringify(import.meta.resolve('./control-door.ts'))}
    await openControlDoor({ folder: ${JSON.stringify(folder)}, system: 'shop', operations: {} })
    console.log('open')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
}

async function post(socketPath: string, path: string, body: string): Promise<string> {
  const outgoing = request({ socketPath, path, method: 'POST', agent: false })
  outgoing.on('error', () => undefined)
  outgoing.end(body)
  const [answer] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return text
}
