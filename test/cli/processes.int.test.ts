import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import type { ProcessReport } from '../../src/calls/processes.ts'
import { type Dure, type Playground, runDure, startDure } from './dure.ts'
import { createShop, edit, lamp, put, titleOf, urlOf } from './own-shop.ts'

function upShop(shop: Playground, ...more: readonly string[]): Dure {
  const data = shop.path('data')
  return startDure(['up', shop.path('shop/system.ts'), '--data', data, '--port', '0', ...more], {
    cwd: shop.folder,
  })
}

async function processesOf(shop: Playground): Promise<readonly ProcessReport[]> {
  const { stdout } = await runDure(['ps', '--data', shop.path('data'), '--json'])
  // Why the cast: it is what the command says it writes.
  return JSON.parse(stdout) as readonly ProcessReport[]
}

/** Sends requests one after the other until it is told to stop; gives how many had which status. */
function keepAsking(url: string): {
  readonly stop: () => Promise<Readonly<Record<string, number>>>
} {
  const counts: Record<string, number> = {}
  let isStopped = false
  const ask = async (lane: number): Promise<void> => {
    for (let index = 0; !isStopped; index += 1) {
      const productId = `${lane}-${index}`
      const status = await put(url, '/products', { ...lamp, productId }).catch(String)
      counts[status] = (counts[status] ?? 0) + 1
    }
  }
  const lanes = [1, 2, 3, 4].map(ask)
  return {
    async stop() {
      isStopped = true
      await Promise.all(lanes)
      return counts
    },
  }
}

function isAlive(pid: number): boolean {
  return spawnSync('kill', ['-0', String(pid)]).status === 0
}

describe('dure up', () => {
  it('runs each service in a process of its own, and ends them all with 0', async () => {
    using shop = createShop()
    const run = upShop(shop)
    const url = await urlOf(run)

    const created = await put(url, '/products', lamp)
    const title = await titleOf(url, 'lamp')
    const processes = await processesOf(shop)
    run.child.kill('SIGINT')
    const { code } = await run.ended

    assert.deepEqual([created, title, code], [202, 'Lamp', 0])
    assert.deepEqual(
      processes.map(({ group, state }) => [group, state]),
      ['catalog', 'stock', 'payment', 'shipping', 'order', 'gateway'].map((name) => [
        name,
        'ready',
      ]),
    )
    assert.deepEqual(
      processes.filter(({ pid }) => isAlive(pid)),
      [],
    )
  })

  it('starts a process again that was killed, and no request fails because of it', async () => {
    using shop = createShop()
    const run = upShop(shop)
    const url = await urlOf(run)
    const asking = keepAsking(url)
    const catalog = (await processesOf(shop)).find(({ group }) => group === 'catalog')

    process.kill(catalog?.pid ?? 0, 'SIGKILL')
    await run.until(/catalog\.1 +was ended by SIGKILL/)
    const after = await put(url, '/products', lamp)
    const counts = await asking.stop()
    const again = (await processesOf(shop)).find(({ group }) => group === 'catalog')
    run.child.kill('SIGTERM')

    assert.deepEqual(Object.keys(counts), ['202'])
    assert.equal(after, 202)
    assert.deepEqual([again?.restarts, again?.state], [1, 'ready'])
    assert.equal((await run.ended).code, 0)
  })

  it('replaces every process by new code while it is asked, and no request fails', async () => {
    using shop = createShop()
    const run = upShop(shop, '--scale', 'gateway=2')
    const url = await urlOf(run)
    const before = await processesOf(shop)
    const asking = keepAsking(url)

    const rolled = await runDure(['roll', '--data', shop.path('data')])
    const counts = await asking.stop()
    const after = await processesOf(shop)
    run.child.kill('SIGINT')
    await run.ended

    assert.equal(rolled.code, 0, rolled.stderr)
    assert.deepEqual(Object.keys(counts), ['202'])
    const old = new Set(before.map(({ pid }) => pid))
    assert.equal(after.length, before.length)
    assert.deepEqual(
      after.filter(({ pid, state }) => old.has(pid) || state !== 'ready'),
      [],
    )
  })

  it('goes on with the old code when the new does not run', async () => {
    using shop = createShop()
    const run = upShop(shop)
    const url = await urlOf(run)
    edit(shop.path('shop/system.ts'), "system('shop', {", "system('shop', { oops")

    const rolled = await runDure(['roll', 'catalog', '--data', shop.path('data')])
    const created = await put(url, '/products', lamp)
    run.child.kill('SIGINT')
    await run.ended

    assert.equal(rolled.code, 1)
    assert.match(rolled.stderr, /Process catalog\.2 ended with 1 .*\[PROCESS_FAILED\]/)
    assert.equal(created, 202)
  })

  it('scales what may be scaled, and says why the rest may not', async () => {
    using shop = createShop()
    const run = upShop(shop)
    await urlOf(run)
    const scale = (group: string) => runDure(['scale', group, '--data', shop.path('data')])

    const [wide, torn, none, unknown, odd] = [
      await scale('gateway=3'),
      await scale('catalog=2'),
      await scale('catalog=0'),
      await scale('attic=2'),
      await scale('gateway'),
    ]
    const gateways = (await processesOf(shop)).filter(({ group }) => group === 'gateway')
    const narrow = await scale('gateway=1')
    const left = (await processesOf(shop)).filter(({ group }) => group === 'gateway')
    run.child.kill('SIGINT')
    await run.ended

    assert.deepEqual([wide.code, narrow.code], [0, 0], wide.stderr)
    assert.deepEqual([gateways.length, left.length], [3, 1])
    assert.match(
      torn.stderr,
      /one process has open: a second one could lose data.*\[PROCESS_REFUSED\]/,
    )
    assert.match(none.stderr, /at least one process.*\[PROCESS_REFUSED\]/)
    assert.match(unknown.stderr, /no processes of "attic".*\[PROCESS_UNKNOWN\]/)
    assert.deepEqual([odd.code, torn.code], [2, 1])
  })

  it('refuses a configuration as a whole, before anything is opened', async () => {
    using shop = createShop()
    const system = shop.path('shop/system.ts')
    const up = (...more: readonly string[]) =>
      runDure(['up', system, '--data', shop.path('data'), ...more], { cwd: shop.folder })

    const torn = await up('--scale', 'catalog=2')
    const unknown = await up('--scale', 'attic=1')
    const unreadable = await up('--scale', 'gateway')

    assert.match(torn.stderr, /a second one could lose data.*\[CONFIG_INVALID\]/)
    assert.match(
      unknown.stderr,
      /"replicas" names "attic", and the system has .*\[CONFIG_INVALID\]/,
    )
    assert.match(
      unreadable.stderr,
      /"replicas" must be like order=2,stock=1\.\.4.*\[CONFIG_INVALID\]/,
    )
    assert.deepEqual([torn.code, unknown.code, unreadable.code], [1, 1, 1])
  })

  it('ends every process when one does not start, and says which', async () => {
    using shop = createShop()
    edit(shop.path('shop/system.ts'), 'adapters: [testProvider]', 'adapters: []')

    const { code, stderr } = await upShop(shop).ended

    assert.equal(code, 1)
    assert.match(stderr, /payment\.1 +dure: .*\[PORT_UNBOUND\]/)
    assert.match(stderr, /Process payment\.1 ended with 1 before it was ready.*\[PROCESS_FAILED\]/)
  })

  it('is what ps, scale and roll ask for; a system in one process has none', async () => {
    using shop = createShop()
    const data = shop.path('data')
    const dev = startDure(
      ['dev', shop.path('shop/system.ts'), '--data', data, '--port', '0', '--no-watch'],
      { cwd: shop.folder },
    )
    await urlOf(dev)

    const asked = await runDure(['ps', '--data', data])
    dev.child.kill('SIGINT')
    await dev.ended
    const nobody = await runDure(['ps', '--data', data])

    assert.match(asked.stderr, /Start it with: dure up.*\[PROCESS_UNKNOWN\]/)
    assert.match(nobody.stderr, /No system runs on .*\[CLI_NOT_RUNNING\]/)
  })
})

describe('dure start', () => {
  const secret = { DURE_PEER_SECRET: 'a secret of the tests' }

  it('runs services that find each other where they are told', async () => {
    using shop = createShop()
    const system = shop.path('shop/system.ts')
    const start = (env: NodeJS.ProcessEnv, ...more: readonly string[]): Dure =>
      startDure(['start', system, '--data', shop.path('data'), ...more], {
        cwd: shop.folder,
        env: { ...secret, ...env },
      })
    const services = start({}, 'catalog', 'stock', 'payment', 'shipping', 'order')
    const [, address = ''] = await services.until(/ask this one at (http:\S+)\./)
    const peers = ['catalog', 'stock', 'payment', 'shipping', 'order']
      .map((name) => `${name}=${address}`)
      .join(',')
    const gateway = start({ DURE_PEERS: peers }, '--gateway', '--port', '0')
    const [, url = ''] = await gateway.until(/the gateway at (http:\S+?)\. /)

    const created = await put(url, '/products', lamp)
    const title = await titleOf(url, 'lamp')
    gateway.child.kill('SIGTERM')
    services.child.kill('SIGTERM')

    assert.deepEqual([created, title], [202, 'Lamp'])
    assert.deepEqual([(await gateway.ended).code, (await services.ended).code], [0, 0])
  })

  it('needs a secret, a service, and one that exists', async () => {
    using shop = createShop()
    const start = (...more: readonly string[]) =>
      runDure(['start', shop.path('shop/system.ts'), '--data', shop.path('data'), ...more], {
        cwd: shop.folder,
      })

    const [open, nothing, unknown] = [await start('stock'), await start(), await start('attic')]

    assert.match(open.stderr, /DURE_PEER_SECRET is missing.*\[CONFIG_INVALID\]/)
    assert.match(nothing.stderr, /Name the services that run in this process.*\[CLI_USAGE\]/)
    assert.match(unknown.stderr, /has no service "attic".*\[CLI_USAGE\]/)
    assert.deepEqual([open.code, nothing.code, unknown.code], [1, 2, 2])
  })
})
