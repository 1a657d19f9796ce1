import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Command } from '../language/message.ts'
import { saga } from '../language/saga/saga.ts'
import { given } from '../testing/given.ts'
import { accepted, rejected } from '../testing/given/given-saga.ts'
import { eachItemsMax } from './advance-saga.ts'

const Name = z.object({ name: z.string() })
const Work = contract('work', {
  commands: {
    do: { input: Name, output: z.object({ receipt: z.string() }), rejects: { No: Name } },
    undo: { input: Name },
    tell: { input: Name },
  },
})

const work = (name: string): Command<'work.do', { name: string }, { receipt: string }> =>
  Work.do({ name })
const undo = (name: string): Command => Work.undo({ name })
const done = (name: string): ReturnType<typeof accepted> => accepted({ receipt: name })
const no = rejected('No', { name: 'why' })

const Input = z.object({ id: z.string(), items: z.array(z.string()) })
const input = { id: 'i1', items: ['x', 'y'] }
const options = { input: Input, key: ({ id }: z.infer<typeof Input>) => id }

describe('a saga with a list of commands', () => {
  const failing = saga('failing', options)
    .step('first', { run: () => work('first'), undo: () => Work.undo({ name: 'first' }) })
    .each('all', {
      of: ({ input: { items } }) => items,
      run: ({ item, first }) => work(`${item} ${first.receipt}`),
      undo: ({ item, result }) => Work.undo({ name: `${item} ${result.receipt}` }),
      max: 3,
    })
    .pivot('pivot', { run: ({ all }) => work(all.map(({ receipt }) => receipt).join()) })
  const collecting = saga('collecting', options)
    .each('all', {
      of: ({ input: { items } }) => items,
      run: ({ item }) => Work.do({ name: item }),
      undo: ({ item }) => Work.undo({ name: item }),
      rejection: 'collect',
    })
    .pivot('pivot', { run: ({ all }) => work(JSON.stringify(all)) })

  it('sends all at once, and goes on with the answers in the order of the list', () => {
    given(failing, input)
      .reply('first', done('f'))
      .thenCommands([work('first'), work('x f'), work('y f')])
      .reply('all/1', done('ry'))
      .thenCommands([])
      .reply('all/0', done('rx'))
      .thenCommands([work('rx,ry')])
      .reply('pivot', done('p'))
      .thenEnded('completed')
  })

  it('goes on at once when the list is empty', () => {
    given(failing, { ...input, items: [] })
      .reply('first', done('f'))
      .thenCommands([work('first'), work('')])
  })

  it('turns back before anything is sent when the list is too long', () => {
    given(failing, { ...input, items: ['1', '2', '3', '4'] })
      .reply('first', done('f'))
      .thenCommands([work('first'), undo('first')])
      .undone('first')
      .thenEnded('compensated')
    const items = Array.from({ length: eachItemsMax + 1 }, (_, index) => `${index}`)
    given(collecting, { ...input, items })
      .thenCommands([])
      .thenEnded('compensated')
  })

  it('undoes together what was done of the list, then what was before it', () => {
    given(failing, input)
      .reply('first', done('f'))
      .reply('all/0', done('rx'))
      .reply('all/1', done('ry'))
      .thenCommands([work('first'), work('x f'), work('y f'), work('rx,ry')])
      .reply('pivot', no)
      .thenCommands([undo('x rx'), undo('y ry')])
      .undone('all/1')
      .thenCommands([])
      .undone('all/0')
      .thenCommands([undo('first')])
      .undone('first')
      .thenEnded('compensated')
  })

  it('turns back at one rejection, and undoes what is done late', () => {
    given(failing, input)
      .reply('first', done('f'))
      .reply('all/0', no)
      .thenStatus('compensating')
      .thenCommands([work('first'), work('x f'), work('y f'), undo('first')])
      .reply('all/1', done('late'))
      .thenCommands([])
      .undone('first')
      .thenCommands([undo('y late')])
      .undone('all/1')
      .thenEnded('compensated')
  })

  it('collects rejections as results when it is told to, and undoes only what was done', () => {
    const all = [
      { item: 'x', ok: false, rejected: 'No', data: { name: 'why' } },
      { item: 'y', ok: true, output: { receipt: 'ry' } },
    ]
    given(collecting, input)
      .reply('all/1', done('ry'))
      .reply('all/0', no)
      .thenCommands([work('x'), work('y'), work(JSON.stringify(all))])
      .reply('pivot', no)
      .thenCommands([undo('y')])
      .undone('all/1')
      .thenEnded('compensated')
  })
})

describe('a saga with branches', () => {
  const branching = saga('branching', options)
    .parallel('both', (branch) => ({
      left: branch
        .step('l1', { run: () => work('l1'), undo: () => Work.undo({ name: 'l1' }) })
        .step('l2', { run: () => work('l2'), undo: () => Work.undo({ name: 'l2' }) }),
      right: branch.step('r1', { run: () => work('r1'), undo: () => Work.undo({ name: 'r1' }) }),
    }))
    .ensure('agreed', ({ l2, r1 }) => l2.receipt === r1.receipt)
    .pivot('pivot', { run: () => work('pivot') })

  it('runs them side by side, each in its own order, and goes on when all are done', () => {
    given(branching, input)
      .thenCommands([work('l1'), work('r1')])
      .reply('r1', done('same'))
      .thenCommands([])
      .reply('l1', done('l'))
      .thenCommands([work('l2')])
      .reply('l2', done('same'))
      .thenCommands([work('pivot')])
  })

  it('turns back when what it ensures is not so, and undoes in reverse order of what was done', () => {
    given(branching, input)
      .reply('l1', done('l'))
      .reply('r1', done('one'))
      .reply('l2', done('other'))
      .thenCommands([work('l1'), work('r1'), work('l2'), undo('l2')])
      .undone('l2')
      .thenCommands([undo('r1')])
      .undone('r1')
      .thenCommands([undo('l1')])
      .undone('l1')
      .thenEnded('compensated')
  })

  it('sends nothing more in one branch when another has failed', () => {
    given(branching, input)
      .reply('r1', no)
      .reply('l1', done('late'))
      .thenCommands([work('l1'), work('r1'), undo('l1')])
      .undone('l1')
      .thenEnded('compensated')
  })
})
