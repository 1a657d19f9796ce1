import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RouteCalls, RouteResponse } from 'dure'
import { administrationRoutes } from './administration.ts'

interface Asked {
  readonly response: RouteResponse
  /** What the route called while it had the system to itself, and what it called otherwise. */
  readonly alone: readonly string[]
  readonly among: readonly string[]
}

async function ask(path: string, settles: boolean): Promise<Asked> {
  const alone: string[] = []
  const among: string[] = []
  let isAlone = false
  const note = (what: string): void => void (isAlone ? alone : among).push(what)
  const calls = {
    async alone(task: () => Promise<unknown>) {
      isAlone = true
      const result = await task()
      isAlone = false
      return result
    },
    async settle() {
      note('settle')
      return settles
    },
    async erase() {
      note('erase')
    },
    async query() {
      note('query')
      return { ok: true, output: [] }
    },
    epoch: 'e1',
  }
  const route = administrationRoutes.find((each) => each.path === path)
  assert.ok(route)
  const request = { params: {}, query: {}, headers: {}, body: undefined }
  // Why the cast: an administration of nothing makes no other calls.
  const response = await route.run(request, calls as unknown as RouteCalls)
  return { response, alone, among }
}

describe('the administration of the marketplace', () => {
  for (const [path, called] of [
    ['/cleanup', ['settle', 'erase', 'settle']],
    ['/reset', ['settle', 'erase', 'query', 'query', 'settle']],
  ] as const) {
    it(`${path} keeps other work out until all is done, and says so`, async () => {
      const { response, alone, among } = await ask(path, true)

      assert.deepEqual([alone, among], [called, []])
      assert.deepEqual(response, { status: 200, body: { settled: true } })
    })

    it(`${path} is no success while something is left to do`, async () => {
      const { response } = await ask(path, false)

      assert.partialDeepStrictEqual(response, {
        status: 503,
        headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
        body: { code: 'NotSettled' },
      })
    })
  }
})
