import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import {
  copyShop,
  createPlayground,
  type Dure,
  type Playground,
  runDure,
  startDure,
} from './dure.ts'

/** A shop of its own, which a test may run and change. */
function createShop(): Playground {
  const playground = createPlayground()
  copyShop(playground)
  return playground
}

function startShop(shop: Playground, ...more: readonly string[]): Dure {
  const data = shop.path('data')
  return startDure(['dev', shop.path('shop/system.ts'), '--data', data, '--port', '0', ...more], {
    cwd: shop.folder,
  })
}

async function urlOf(run: Dure): Promise<string> {
  const [, url = ''] = await run.until(/gateway +(http:\S+)/)
  await run.until(/ready/)
  return url
}

async function put(url: string, path: string, body: object): Promise<number> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.arrayBuffer()
  return answer.status
}

async function titleOf(url: string, productId: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/services/catalog/queries/product`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ productId }),
  })
  const { title } = (await answer.json()) as { readonly title?: string }
  return title
}

const lamp = { productId: 'lamp', title: 'Lamp', cents: 1_200 }

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from))
  writeFileSync(file, text.replace(from, to))
}

describe('dure dev', () => {
  it('runs a system, stops with 0 at the first Ctrl-C, and has its data when it runs again', async () => {
    using shop = createShop()
    const first = startShop(shop)
    const created = await put(await urlOf(first), '/products', lamp)
    first.child.kill('SIGINT')
    const stopped = await first.ended

    const second = startShop(shop, '--no-watch')
    const title = await titleOf(await urlOf(second), 'lamp')
    second.child.kill('SIGTERM')
    const stoppedAgain = await second.ended

    assert.deepEqual([created, title], [202, 'Lamp'])
    assert.deepEqual([stopped.code, stoppedAgain.code], [0, 0])
    assert.equal(existsSync(shop.path('data/control.json')), false)
  })

  it('keeps what was answered when it is killed, and starts again without help', async () => {
    using shop = createShop()
    const killed = startShop(shop, '--no-watch')
    await put(await urlOf(killed), '/products', lamp)
    killed.child.kill('SIGKILL')
    await killed.ended

    const next = startShop(shop, '--no-watch')
    const title = await titleOf(await urlOf(next), 'lamp')
    next.child.kill('SIGINT')

    assert.equal(title, 'Lamp')
    assert.equal((await next.ended).code, 0)
  })

  it('starts anew on the same data and address when a file of the system changes', async () => {
    using shop = createShop()
    const run = startShop(shop)
    const url = await urlOf(run)
    await put(url, '/products', lamp)

    edit(
      shop.path('shop/catalog/service.ts'),
      'await read.get(Products, productId)',
      "{ productId, cents: 1, title: 'changed' }",
    )
    await run.until(/changed shop\/catalog\/service\.ts/)
    const urlAfter = await urlOf(run)

    assert.equal(urlAfter, url)
    assert.equal(await titleOf(url, 'lamp'), 'changed')
    run.child.kill('SIGINT')
    assert.equal((await run.ended).code, 0)
  })

  it('goes on with the old code while the new code does not load, and takes the next that does', async () => {
    using shop = createShop()
    const file = shop.path('shop/catalog/service.ts')
    const run = startShop(shop)
    const url = await urlOf(run)
    await put(url, '/products', lamp)

    edit(file, 'export const Product = ', 'export const Product = = ')
    await run.until(/cannot be loaded: .*service\.ts/)
    await run.until(/goes on with the code from before/)
    const titleMeanwhile = await titleOf(url, 'lamp')
    edit(file, 'export const Product = = ', 'export const Product = ')
    await urlOf(run)

    assert.equal(titleMeanwhile, 'Lamp')
    assert.equal(await titleOf(url, 'lamp'), 'Lamp')
    run.child.kill('SIGTERM')
    assert.equal((await run.ended).code, 0)
  })

  it('waits for a change after the system has crashed', async () => {
    using shop = createShop()
    const file = shop.path('shop/system.ts')
    const start = "const orderId = params['orderId'] ?? ''"
    edit(
      file,
      start,
      `${start}\n    setImmediate(() => { throw new RangeError('crashed on purpose') })`,
    )
    const run = startShop(shop)
    const url = await urlOf(run)

    fetch(`${url}/orders/1`).catch(() => undefined)
    await run.until(
      /nobody caught an error: crashed on purpose \(.*system\.ts:\d+\) \[INTERNAL_DEFECT\]/,
    )
    await run.until(/The system ended with 1\. It starts anew when a file changes\./)
    edit(file, "\n    setImmediate(() => { throw new RangeError('crashed on purpose') })", '')
    const urlAfter = await urlOf(run)

    run.child.kill('SIGINT')
    assert.equal((await run.ended).code, 0)
    assert.equal(urlAfter, url)
  })

  it('ends with 1 and one line when an error is caught by nobody', async () => {
    using shop = createShop()
    const file = shop.path('shop/system.ts')
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}\nsetTimeout(() => void Promise.reject(new RangeError('lost\\nlines')), 300)\n`,
    )
    const run = startShop(shop, '--no-watch')

    const { code, stderr } = await run.ended

    assert.equal(code, 1)
    assert.match(
      stderr,
      /^dure: The process ends because nobody caught an error: lost [^\n]*\[INTERNAL_DEFECT\]\n$/,
    )
  })

  it('ends at once at the second signal, with the number of the signal', async () => {
    using shop = createShop()
    const stuck =
      "\nconst { createServer } = await import('node:net')\nprocess.on('exit', () => {})\ncreateServer().listen(0)\n"
    const file = shop.path('shop/system.ts')
    edit(file, 'async charge({ card }', 'async charge({ card: _never }')
    edit(
      file,
      'return { receipt: card === declinedCard ? null : `receipt-${idempotencyKey}` }',
      'return new Promise<{ receipt: string }>(() => void idempotencyKey)',
    )
    writeFileSync(file, readFileSync(file, 'utf8') + stuck)
    const run = startShop(shop, '--no-watch')
    const url = await urlOf(run)
    const asking = fetch(`${url}/services/payment/commands/pay`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ orderId: '1', cents: 1, card: '1' }),
    })
    asking.catch(() => undefined)
    await waitForRequest(url)

    run.child.kill('SIGINT')
    await run.until(/Stopping/)
    run.child.kill('SIGINT')

    assert.equal((await run.ended).code, 130)
  })

  it('writes JSON lines for programs', async () => {
    using shop = createShop()
    const run = startShop(shop, '--json')
    const [line] = await run.until(/\{.*\}/)
    run.child.kill('SIGINT')

    const { code, stdout } = await run.ended

    const ready = JSON.parse(line) as { readonly event: string; readonly url: string }
    assert.equal(ready.event, 'ready')
    assert.match(ready.url, /^http:/)
    assert.equal(code, 0)
    for (const each of stdout.trim().split('\n')) assert.ok(JSON.parse(each))
  })
})

describe('dure dev refuses', () => {
  it('a port that is taken, and has touched nothing', async () => {
    using shop = createShop()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo

    const { code, stderr } = await runDure([
      'dev',
      shop.path('shop/system.ts'),
      '--data',
      shop.path('data'),
      '--port',
      String(port),
    ])
    taken.close()

    assert.equal(code, 1)
    assert.match(
      stderr,
      new RegExp(
        `^dure: Another process listens on 127.0.0.1:${port}\\. .*--port.* \\[HTTP_PORT_TAKEN\\]\\n$`,
      ),
    )
    assert.equal(existsSync(shop.path('data')), false)
  })

  it('data on which another process runs, and leaves that process alone', async () => {
    using shop = createShop()
    const first = startShop(shop)
    const url = await urlOf(first)

    const { code, stderr } = await startShop(shop).ended

    assert.equal(code, 1)
    assert.match(stderr, /^dure: [^\n]*\[STORE_LOCKED\]\n$/)
    assert.equal((await fetch(`${url}/health`)).status, 200)
    first.child.kill('SIGINT')
    await first.ended
  })

  const marks: readonly (readonly [what: string, mark: string, code: string])[] = [
    ['data of a newer version', '{"format":2,"system":"shop"}', 'STORE_NEWER'],
    ['data of another system', '{"format":1,"system":"other"}', 'STORE_FOREIGN'],
    ['data without a readable mark', '{"form', 'STORE_CORRUPT'],
  ]
  for (const [what, mark, errorCode] of marks) {
    it(`${what}, and leaves it as it is`, async () => {
      using shop = createShop()
      mkdirSync(shop.path('data'))
      writeFileSync(shop.path('data/dure.json'), mark)

      const { code, stderr } = await startShop(shop).ended

      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`^dure: [^\\n]*\\[${errorCode}\\]\\n$`))
      assert.deepEqual(readdirSync(shop.path('data')), ['dure.json'])
    })
  }

  it('a store that is damaged, with one line', async () => {
    using shop = createShop()
    const first = startShop(shop, '--no-watch')
    await urlOf(first)
    first.child.kill('SIGINT')
    await first.ended
    writeFileSync(
      shop.path('data/stock.db'),
      'this is no database, whatever its name says'.repeat(200),
    )

    const { code, stderr } = await startShop(shop, '--no-watch').ended

    assert.equal(code, 1)
    assert.match(stderr, /^dure: [^\n]*stock\.db[^\n]*\[STORE_CORRUPT\]\n$/)
  })

  it('a folder whose parent is not there, and a system without an adapter', async () => {
    using shop = createShop()
    const lost = await startDure([
      'dev',
      shop.path('shop/system.ts'),
      '--data',
      shop.path('none/data'),
      '--port',
      '0',
    ]).ended
    edit(shop.path('shop/system.ts'), 'adapters: [testProvider],', '')
    edit(shop.path('shop/system.ts'), 'const testProvider', 'export const testProvider')
    const unbound = await startShop(shop).ended

    assert.deepEqual([lost.code, unbound.code], [1, 1])
    assert.match(lost.stderr, /^dure: [^\n]*\[STORE_UNAVAILABLE\]\n$/)
    assert.match(unbound.stderr, /^dure: [^\n]*card-provider[^\n]*\[PORT_UNBOUND\]\n$/)
    rmSync(shop.path('data'), { recursive: true, force: true })
  })
})

/** Resolves once the server has taken requests that were sent before. */
async function waitForRequest(url: string): Promise<void> {
  for (let asked = 0; asked < 5; asked += 1) await (await fetch(`${url}/health`)).arrayBuffer()
}
