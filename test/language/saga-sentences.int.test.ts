// What the compiler says of a wrong saga: a sentence that tells what to do, at the place that is wrong.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileMistakes, type Mistake } from './compile-mistakes.ts'

const prelude = `
import { z } from 'zod'
import { contract, saga } from '../../../src/index.ts'
const Shape = z.object({ id: z.string() })
const Work = contract('work', {
  commands: { try: { input: Shape, output: Shape, rejects: { No: Shape } }, do: { input: Shape } },
})
const id = { id: '1' }
const start = saga('start', { input: Shape, key: () => 'k' })
const decided = start.pivot('decide', { run: () => Work.do(id) })
const trying = start.step('trying', { run: () => Work.try(id), undo: () => Work.do(id) })
const first = start.step('tried', { run: () => Work.do(id), effect: 'none' })
const named = { id: '1', name: '' }
const Named = z.object({ id: z.string(), name: z.string() })
const second = saga('start', { version: 2, input: Named, key: () => 'k' })
  .step('tried', { run: () => Work.try(id), effect: 'none' })
`

const mistakes: readonly Mistake[] = [
  {
    what: 'a step before the pivot that says neither how it is undone nor that it changes nothing',
    code: `start.step('a', { run: () => Work.try(id) })`,
    says: 'Before the pivot a step needs `undo`; or `effect: \\"none\\"`, when it changes nothing.',
  },
  {
    what: 'an undo that can be rejected',
    code: `start.step('a', { run: () => Work.do(id), undo: () => Work.try(id) })`,
    says: 'An undo can only be retried: its command must not declare rejections.',
  },
  {
    what: 'a step after the pivot that can be rejected',
    code: `decided.step('a', { run: () => Work.try(id) })`,
    says: 'After the pivot a saga only goes forward: this command declares rejections. Move the step before the pivot.',
  },
  {
    what: 'a nested saga after the pivot that can be rejected',
    code: `decided.saga('a', trying, () => id)`,
    says: 'After the pivot a saga only goes forward: the nested saga sends commands that declare rejections. Nest it before the pivot.',
  },
  {
    what: 'two steps of one name',
    code: `trying.step('trying', { run: () => Work.do(id), effect: 'none' })`,
    says: 'A step of this saga, or a word of the saga language, has this name already.',
  },
  {
    what: 'a retry of what is never rejected',
    code: `start.step('a', { run: () => Work.do(id), effect: 'none', retry: { times: 1, afterMs: 1 } })`,
    says: 'This command is never rejected, so there is nothing to retry: what is not delivered is delivered again by itself.',
  },
  {
    what: 'a notice that can be rejected',
    code: `start.otherwise(() => Work.try(id))`,
    says: 'An undo can only be retried: its command must not declare rejections.',
  },
  {
    what: 'a mapping that does not give the new input',
    code: `second.replaces(first, { map: ({ input }) => ({ input, results: { tried: undefined } }) })`,
    says: 'The input that the mapping gives is not the input of the new plan. Give every field that its schema wants.',
  },
  {
    what: 'a mapping that forgets an answer which is another one now',
    code: `second.replaces(first, { map: () => ({ input: named }) })`,
    says: 'The answer of step \\"tried\\" is another one in the new plan. Give it in results, or undefined where the step is not done.',
  },
  {
    what: 'a mapping that gives an answer which is none',
    code: `second.replaces(first, { map: () => ({ input: named, results: { tried: { id: 1 } } }) })`,
    says: 'The mapping gives \\"tried\\" a result that is not its answer in the new plan. Give what its command answers there.',
  },
  {
    what: 'a mapping that skips what both plans have',
    code: `second.replaces(first, { map: () => ({ input: named, results: { tried: undefined }, skip: ['tried'] }) })`,
    says: '\\"tried\\" cannot be skipped: only steps that the new plan has and the old one has not can.',
  },
  {
    what: 'a mapping with a word that means nothing',
    code: `second.replaces(first, { map: () => ({ input: named, results: { tried: undefined }, skips: [] }) })`,
    says: 'A mapping gives input, results and skip, and no \\"skips\\".',
  },
]

describe('what the compiler says of a wrong saga', () => {
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
