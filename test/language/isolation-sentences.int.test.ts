// What the compiler says of a wrong countermeasure: a sentence that tells what to do, at the place that is wrong.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileMistakes, type Mistake } from './compile-mistakes.ts'

const prelude = `
import { z } from 'zod'
import { aggregate, contract, saga } from '../../../src/index.ts'
const Shape = z.object({ id: z.string(), version: z.int() })
const Locked = z.object({ lock: z.string(), heldBy: z.string() })
const Work = contract('work', {
  commands: {
    take: { input: Shape, rejects: { Locked } },
    other: { input: Shape, rejects: { Locked: z.object({ until: z.int() }) } },
    free: { input: Shape },
  },
})
const id = { id: '1', version: 1 }
const start = saga('start', { input: Shape, key: () => 'k' })
const decided = start.pivot('decide', { run: () => Work.free(id) })
const parts = {
  key: () => 'k', initial: () => ({}), evolve: {},
  decide: { take: () => [], other: () => [], free: () => [] },
} as const
`

const locked =
  'A command that a lock can hold up must declare the rejection \\"Locked\\" in its contract, for the data { lock: string, heldBy: string }: it answers so when it may not wait, or has waited too long.'

function withLock(lock: string): string {
  return `aggregate(Work, 'a', { ...parts, locks: { l: { ${lock} } } })`
}

const mistakes: readonly Mistake[] = [
  {
    what: 'a lock that is taken by a command which does not declare "Locked"',
    code: withLock(`takes: ['free'], frees: ['take'], whenHeld: 'reject'`),
    says: locked,
  },
  {
    what: 'a lock that guards a command whose "Locked" takes other data',
    code: withLock(`takes: ['take'], guards: ['other'], frees: ['free'], whenHeld: 'reject'`),
    says: locked,
  },
  {
    what: 'a lock that is freed by a command which is not there',
    code: withLock(`takes: ['take'], frees: ['let'], whenHeld: 'reject'`),
    says: `Type '"let"' is not assignable to type '"free" | "other" | "take"'.`,
  },
  {
    what: 'a lock that is waited for without a deadline',
    code: withLock(`takes: ['take'], frees: ['free'], whenHeld: 'wait'`),
    says: `Property 'deadlineMs' is missing`,
  },
  {
    what: 'a version of a command which does not declare "Changed"',
    code: `aggregate(Work, 'a', { ...parts, reread: { free: (command: { version: number }) => command.version } })`,
    says: 'A command that rests on a version must declare the rejection \\"Changed\\" in its contract, for the data { seen: number, now: number }.',
  },
  {
    what: 'an undo that a lock can hold up',
    code: `start.step('a', { run: () => Work.free(id), undo: () => Work.take(id) })`,
    says: 'An undo can only be retried: its command must not declare rejections.',
  },
  {
    what: 'a lock that is taken after the pivot',
    code: `decided.step('a', { run: () => Work.take(id) })`,
    says: 'After the pivot a saga only goes forward: this command declares rejections. Move the step before the pivot.',
  },
]

describe('what the compiler says of a wrong countermeasure', () => {
  const said = compileMistakes(prelude, mistakes)
  for (const [index, { what, says }] of mistakes.entries()) {
    it(`is a sentence: ${what}`, () => {
      assert.ok(said.get(index)?.includes(says), said.get(index) ?? 'it compiles')
    })
  }

  it('is nothing else', () => {
    assert.deepEqual(
      [...said.keys()].filter((index) => !mistakes[index]),
      [],
    )
  })
})
