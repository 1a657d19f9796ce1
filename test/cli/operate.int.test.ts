import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  copyShop,
  createPlayground,
  type Dure,
  type Playground,
  runDure,
  startDure,
} from './dure.ts'

const title = 'evolve: (_, { title }) => ({ title })'
const poison = `evolve: (_, { title }) => { if (title === 'poison') throw new RangeError('cannot shelve'); return { title } }`

/** A shop of its own whose list of titles cannot take the title "poison". */
function createShop(): Playground {
  const playground = createPlayground()
  copyShop(playground)
  mend(playground, title, poison)
  return playground
}

function mend(shop: Playground, from: string, to: string): void {
  const file = shop.path('shop/order/service.ts')
  const text = readFileSync(file, 'utf8')
  const isThere = text.includes(from)
  assert.ok(isThere)
  writeFileSync(file, text.replace(from, to))
}

async function startShop(shop: Playground): Promise<{ readonly run: Dure; readonly url: string }> {
  const args = ['dev', 'shop/system.ts', '--no-watch', '--port', '0', '--data', 'data']
  const run = startDure(args, { cwd: shop.folder })
  const [, url = ''] = await run.until(/gateway +(http:\S+)/)
  await run.until(/ready/)
  return { run, url }
}

async function stop({ child, ended }: Dure): Promise<void> {
  child.kill('SIGINT')
  assert.equal((await ended).code, 0)
}

async function offer(url: string, productId: string, named: string): Promise<void> {
  const answer = await fetch(`${url}/products`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ productId, title: named, cents: 1 }),
  })
  assert.equal(answer.status, 202)
}

/** Offers a product whose title cannot be taken, and waits until its message is parked; gives the id. */
async function park(run: Dure, url: string, productId: string): Promise<string> {
  await offer(url, productId, 'poison')
  const [, id = ''] = await run.until(/parked (\S+) of key/)
  return id
}

describe('a message that cannot be handled', () => {
  it('is listed, shown and tried again while the system runs, and handled offline once the code is mended', async () => {
    using shop = createShop()
    const operate = (...args: readonly string[]): ReturnType<typeof runDure> =>
      runDure(['parked', ...args, '--data', 'data'], { cwd: shop.folder })
    const { run, url } = await startShop(shop)
    await park(run, url, 'lamp')

    const list = JSON.parse((await operate('list', '--json')).stdout) as readonly {
      readonly id: string
    }[]
    const id = list[0]?.id ?? ''
    const listed = await operate('list')
    const shown = await operate('show', id)
    const tried = await operate('redrive', id)
    await stop(run)
    mend(shop, poison, title)
    const looked = await operate('list', '--json', 'shop/system.ts')
    const mended = await operate('redrive', '--all', 'shop/system.ts')
    const after = await operate('list', 'shop/system.ts')

    assert.equal(list.length, 1)
    assert.match(
      listed.stdout,
      /catalog\.Offered of key \S*lamp, parked \d+ s ago, tried (once|\d+ times)\n {2}.*cannot shelve/,
    )
    assert.match(shown.stdout, /"title": "poison"/)
    assert.equal(tried.code, 1)
    assert.match(tried.stdout, /^still parked {2}\S+\n {2}.*cannot shelve/)
    assert.equal((JSON.parse(looked.stdout) as readonly unknown[]).length, 1)
    assert.match(looked.stderr, /^No system runs on "data": this is what its data says\.\n$/)
    assert.equal(mended.code, 0)
    assert.match(mended.stdout, /^handled {7}\S+\n$/)
    assert.match(mended.stderr, /^No system runs on "data": it is started without its gateway/)
    assert.deepEqual([after.code, after.stdout], [0, 'Nothing is parked.\n'])
  })

  it('is dropped on purpose, and printed for the last time', async () => {
    using shop = createShop()
    const { run, url } = await startShop(shop)
    await park(run, url, 'lamp')
    const operate = (...args: readonly string[]): ReturnType<typeof runDure> =>
      runDure(['parked', ...args, '--data', shop.path('data')])
    const [parked] = JSON.parse((await operate('list', '--json')).stdout) as readonly {
      readonly id: string
    }[]

    const dropped = await operate('drop', parked?.id ?? '')
    const again = await operate('drop', parked?.id ?? '')
    await stop(run)

    assert.equal(dropped.code, 0)
    assert.match(dropped.stdout, /"title": "poison"/)
    assert.equal(again.code, 1)
    assert.match(again.stderr, /^dure: [^\n]*\[PARKED_UNKNOWN\]\n$/)
  })
})

describe('dure status', () => {
  it('shows a running system, for people and for programs', async () => {
    using shop = createShop()
    const { run, url } = await startShop(shop)
    await offer(url, 'lamp', 'Lamp')

    const text = await runDure(['status', '--data', shop.path('data')])
    const json = await runDure(['status', '--json'], { env: { DURE_DATA: shop.path('data') } })
    await stop(run)

    assert.match(
      text.stdout,
      /^shop runs for \d+ s in process \d+, gateway http:\/\/127\.0\.0\.1:\d+\n\nSERVICE +LOG/,
    )
    assert.match(text.stdout, /\ncatalog +1 +1 +0/)
    const status = JSON.parse(json.stdout) as {
      readonly system: string
      readonly pid: number
      readonly url: string
    }
    assert.deepEqual([status.system, status.pid, status.url], ['shop', run.child.pid, url])
  })

  it('says that nothing runs, what to do, and why it cannot look', async () => {
    using shop = createShop()
    const { run } = await startShop(shop)
    run.child.kill('SIGKILL')
    await run.ended
    const status = (...args: readonly string[]): ReturnType<typeof runDure> =>
      runDure(['status', ...args], { cwd: shop.folder })

    const killed = await status('--data', 'data')
    const empty = await status('--data', 'none', 'shop/system.ts')
    const offline = await status('--data', 'data', 'shop/system.ts')

    assert.deepEqual([killed.code, empty.code, offline.code], [1, 1, 0])
    assert.match(
      killed.stderr,
      /^dure: No system runs on "data"\. Start it with dure dev [^\n]*\[CLI_NOT_RUNNING\]\n$/,
    )
    assert.match(
      empty.stderr,
      /^dure: No system runs on "none", and it holds no data\. [^\n]*\[CLI_NOT_RUNNING\]\n$/,
    )
    assert.match(offline.stdout, /^shop does not run\n\nSERVICE/)
  })
})

describe('dure views rebuild', () => {
  it('rebuilds a view of a running system, and of one that does not run', async () => {
    using shop = createShop()
    const { run, url } = await startShop(shop)
    await offer(url, 'lamp', 'Lamp')
    await offer(url, 'chair', 'Chair')
    const rebuild = (...args: readonly string[]): ReturnType<typeof runDure> =>
      runDure(['views', 'rebuild', ...args, '--data', shop.path('data')])

    const online = await rebuild('catalog', 'products', '--json')
    const unknown = await rebuild('catalog', 'produts')
    await stop(run)
    const offline = await rebuild('catalog', 'products', shop.path('shop/system.ts'))

    const { seconds, ...facts } = JSON.parse(online.stdout) as { readonly seconds: number }
    assert.deepEqual(facts, { service: 'catalog', view: 'products', done: 2 })
    assert.equal(typeof seconds, 'number')
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /^dure: [^\n]*\[VIEW_UNKNOWN\]\n$/)
    assert.match(
      offline.stdout,
      /^View products of catalog is rebuilt from 2 entries, in \d+\.\d s\.\n$/,
    )
  })
})
