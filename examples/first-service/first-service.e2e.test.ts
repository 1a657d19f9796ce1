import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, it } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const book = { title: 'Momo', copies: 1 }

interface Library {
  readonly url: string
  readonly child: ChildProcess
}

/** Starts the program as the README says, on a free port, and waits until it is open. */
async function open(folder: string): Promise<Library> {
  const child = spawn(
    process.execPath,
    [join(root, 'tools/run.mjs'), 'examples/first-service/main.ts'],
    {
      env: { ...process.env, PORT: '0', DURE_DATA: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /(http:\S+)\/reference$/.exec(line)?.[1]
    if (url !== undefined) return { url, child }
  }
  throw new assert.AssertionError({ message: 'the library said nothing and ended' })
}

async function close({ child }: Library): Promise<number | null> {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Request {
  /** `commands/<name>` or `queries/<name>`. */
  readonly to: string
  readonly body: object
  readonly key?: string
}

async function post({ url }: Library, { to, body, key }: Request): Promise<Answer> {
  const response = await fetch(`${url}/services/shelf/${to}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

describe('the first service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dure-first-'))
  after(() => rmSync(folder, { recursive: true }))

  it('lends what there is, once per command, and remembers it over a restart', async () => {
    const first = await open(folder)
    assert.equal((await post(first, { to: 'commands/add', body: book, key: 'a' })).status, 202)
    assert.equal((await post(first, { to: 'commands/add', body: book, key: 'a' })).status, 202)
    const [lent, again] = ['loan-1', 'loan-2'].map((loanId) => ({ title: 'Momo', loanId }))
    assert.equal((await post(first, { to: 'commands/lend', body: { ...lent } })).status, 202)

    const refused = await post(first, { to: 'commands/lend', body: { ...again } })

    assert.equal(refused.status, 409)
    assert.match(JSON.stringify(refused.body), /NoCopyLeft/)
    assert.equal(await close(first), 0)
    const second = await open(folder)
    const counted = await post(second, { to: 'queries/book', body: { title: 'Momo' } })
    assert.deepEqual(counted, { status: 200, body: { free: 0, lent: 1 } })
    assert.equal(await close(second), 0)
  })

  it('says what it does: a reference page and an OpenAPI document', async () => {
    const library = await open(folder)

    const page = await fetch(`${library.url}/reference`)
    const document = await fetch(`${library.url}/openapi.json`)

    assert.equal(page.status, 200)
    assert.match(await document.text(), /"\/services\/shelf\/commands\/lend"/)
    assert.equal((await post(library, { to: 'commands/add', body: { title: 'Momo' } })).status, 400)
    assert.equal(
      (await post(library, { to: 'queries/book', body: { title: 'Krabat' } })).status,
      404,
    )
    assert.equal(await close(library), 0)
  })
})
