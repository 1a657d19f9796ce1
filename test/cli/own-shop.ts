import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { copyShop, createPlayground, type Dure, type Playground, startDure } from './dure.ts'

/** A shop of its own, which a test may run and change. */
export function createShop(): Playground {
  const playground = createPlayground()
  copyShop(playground)
  return playground
}

export function startShop(shop: Playground, ...more: readonly string[]): Dure {
  const data = shop.path('data')
  return startDure(['dev', shop.path('shop/system.ts'), '--data', data, '--port', '0', ...more], {
    cwd: shop.folder,
  })
}

export async function urlOf(run: Dure): Promise<string> {
  const [, url = ''] = await run.until(/gateway +(http:\S+)/)
  await run.until(/ready/)
  return url
}

export async function put(url: string, path: string, body: object): Promise<number> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.arrayBuffer()
  return answer.status
}

export async function titleOf(url: string, productId: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/services/catalog/queries/product`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ productId }),
  })
  const { title } = (await answer.json()) as { readonly title?: string }
  return title
}

export const lamp = { productId: 'lamp', title: 'Lamp', cents: 1_200 }

export function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from))
  writeFileSync(file, text.replace(from, to))
}

/** Resolves once the server has taken requests that were sent before. */
export async function waitForRequest(url: string): Promise<void> {
  for (let asked = 0; asked < 5; asked += 1) await (await fetch(`${url}/health`)).arrayBuffer()
}

/** Resolves once nobody listens any more. */
export async function untilRefused(url: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`${url}/health`, { headers: { connection: 'close' } })).arrayBuffer()
    } catch {
      return
    }
  }
}
