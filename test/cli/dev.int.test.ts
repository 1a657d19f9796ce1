import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { runDure, startDure } from './dure.ts'
import {
  createShop,
  edit,
  lamp,
  put,
  startShop,
  titleOf,
  urlOf,
  waitForRequest,
} from './own-shop.ts'

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
