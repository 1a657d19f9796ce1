import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { chromiumVariable, findChromium } from '../../tools/chromium.ts'
import { serveShop } from './serve-shop.ts'

const browserPath = findChromium()
const skip = browserPath === undefined && `no browser is here: name one in ${chromiumVariable}`

async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(browserPath !== undefined && { executablePath: browserPath }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
}

test('the reference page shows the operations and tries one', {
  skip,
  timeout: 60_000,
}, async () => {
  await using served = await serveShop()
  await using browser = await openBrowser()
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  const hosts = new Set<string>()
  page.on(
    'console',
    (message) => void (message.type() === 'error' && complaints.push(message.text())),
  )
  page.on('pageerror', (error) => void complaints.push(error.message))
  page.on('request', (request) => void hosts.add(new URL(request.url()).host))

  await page.goto(`${served.server.url}/reference`)
  const menu = page.locator('.nav-bar-path')
  await menu.filter({ hasText: '/services/stock/commands/reserve' }).first().waitFor()
  const entries = (await menu.allTextContents())
    .map((text) => text.replaceAll(/\s/g, ''))
    .filter((text) => text.includes('/'))
  assert.ok(entries.includes('put/items/{sku}/reservations'), entries.join(' '))
  const twice = entries.filter((entry, index) => entries.indexOf(entry) !== index)
  assert.deepEqual(twice, [])
  await menu.filter({ hasText: '/services/stock/commands/reserve' }).first().click()
  await page
    .getByRole('button', { name: /^body$/i })
    .first()
    .click()
  await page.locator('textarea').first().fill('{"sku":"tea","quantity":3}')
  await page
    .getByRole('button', { name: /^execute$/i })
    .first()
    .click()
  await page.getByText('"left": 7').first().waitFor()

  assert.deepEqual(
    served.running.calls.map(({ type }) => type),
    ['stock.reserve'],
  )
  assert.deepEqual([...hosts], [`127.0.0.1:${served.port}`])
  assert.deepEqual(complaints, [])
})
