import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { type Aggregate, aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { view } from '../language/view.ts'
import type { Cell } from './cells.ts'
import { type CellSource, cellsMissing, Draft, documentCell, snapshotEvery } from './draft.ts'

const Tags = z.object({ id: z.string(), tags: z.array(z.string()), stars: z.number().optional() })
const Shop = contract('shop', { commands: { tag: { input: Tags } }, events: { Tagged: Tags } })

function shelf(stored: 'events' | 'state'): Aggregate {
  return aggregate(Shop, 'shelf', {
    stored,
    version: 4,
    key: ({ id }) => id,
    initial: () => ({ count: 0 }),
    decide: { tag: (_shelf, command) => Shop.Tagged(command) },
    evolve: { Tagged: (state) => ({ count: state.count + 1 }) },
  })
}

const Labels = view('labels', {
  document: Tags,
  indexes: { tag: ({ tags }) => tags, stars: ({ stars }) => stars },
})

function cell(id: string, facts: Partial<Cell> = {}): Cell {
  return { id, version: 0, value: undefined, stateAt: 0, atMs: 0, pending: 0, ...facts }
}

function sourceOf(...cells: readonly Cell[]): CellSource {
  const find = (id: string): Cell | undefined => cells.find((each) => each.id === id)
  return {
    stream: (_aggregate, name) => find(name),
    document: (name, key) => find(documentCell(name, key)),
  }
}

const labelPlace = { view: 'labels@1', key: 'a' } as const

function draftOf(...cells: readonly Cell[]): Draft {
  return new Draft(sourceOf(...cells), 1_000)
}

function label(value: unknown, version: number): Cell {
  return cell(documentCell('labels@1', 'a'), { value, version })
}

/** What a draft writes when a document becomes `after`. */
function documentsOf(before: Cell, after: unknown): unknown {
  const draft = draftOf(before)
  const [change] = draft.documents('labels@1', ['a'], Labels)
  assert.ok(change)
  draft.write(change, after, Labels)
  return draft.apply().documents
}

describe('a draft', () => {
  it('is empty until something is put into it', () => {
    const draft = draftOf(cell('shelf/1'), label({ id: 'a', tags: [] }, 1))
    draft.stream(shelf('events'), 'shelf/1')
    draft.documents('labels@1', ['a'], Labels)
    const before = draft.isEmpty
    draft.cancelTimers.push('t')

    assert.deepEqual([before, draft.isEmpty], [true, false])
  })

  it('says what misses, all of it, by throwing one value', () => {
    const asked: string[] = []
    const draft = new Draft(
      {
        stream: () => undefined,
        document(_view, key) {
          asked.push(key)
          return undefined
        },
      },
      0,
    )

    assert.throws(
      () => draft.documents('labels@1', ['a', 'b'], Labels),
      (thrown) => thrown === cellsMissing,
    )
    assert.throws(
      () => draft.stream(shelf('events'), 'shelf/1'),
      (thrown) => thrown === cellsMissing,
    )
    assert.deepEqual(asked, ['a', 'b'])
  })

  it('gives the same stream and the same document however often it is asked', () => {
    const draft = draftOf(cell('shelf/1'), label(undefined, 0))
    const stream = draft.stream(shelf('events'), 'shelf/1')
    stream.version += 1

    assert.equal(draft.stream(shelf('events'), 'shelf/1').version, 1)
    assert.equal(
      draft.documents('labels@1', ['a'], Labels)[0],
      draft.documents('labels@1', ['a'], Labels)[0],
    )
  })

  it('writes only the rows of an index that differ', () => {
    const before = label({ id: 'a', tags: ['red', 'blue'], stars: 3 }, 5)

    assert.deepEqual(documentsOf(before, { id: 'a', tags: ['blue', 'green'], stars: 3 }), [
      {
        view: 'labels@1',
        key: 'a',
        expected: 5,
        value: '{"id":"a","tags":["blue","green"],"stars":3}',
        index: [['tag', 'green']],
        unindex: [['tag', 'red']],
      },
    ])
  })

  it('writes every row of a new document once, and takes every row of a removed one away', () => {
    const document = { id: 'a', tags: ['red', 'red', 'blue'] }

    assert.deepEqual(documentsOf(label(undefined, 0), document), [
      {
        view: 'labels@1',
        key: 'a',
        expected: 0,
        value: '{"id":"a","tags":["red","red","blue"]}',
        index: [
          ['tag', 'red'],
          ['tag', 'blue'],
        ],
      },
    ])
    assert.deepEqual(documentsOf(label({ id: 'a', tags: ['red'], stars: 1 }, 2), undefined), [
      {
        view: 'labels@1',
        key: 'a',
        expected: 2,
        unindex: [
          ['tag', 'red'],
          ['stars', 1],
        ],
      },
    ])
  })

  it('tells the number 1 and the text "1" of an index apart', () => {
    const mixed = view('mixed', {
      document: z.unknown(),
      indexes: { by: (each) => each as string },
    })
    const draft = draftOf(cell(documentCell('mixed@1', 'a'), { value: 1, version: 1 }))
    const [change] = draft.documents('mixed@1', ['a'], mixed)
    assert.ok(change)
    draft.write(change, '1', mixed)

    assert.deepEqual(draft.apply().documents?.[0]?.index, [['by', '1']])
  })

  it('refuses index values that no index can hold', () => {
    for (const stars of [Number.NaN, Number.POSITIVE_INFINITY, true, null]) {
      assert.throws(() => documentsOf(label(undefined, 0), { id: 'a', tags: [], stars }), {
        code: 'LANGUAGE_DEFINITION_INVALID',
      })
    }
    const tags = Array.from({ length: 1_001 }, (_, index) => `t${index}`)
    assert.throws(() => documentsOf(label(undefined, 0), { id: 'a', tags }), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })

  it(`stores the state of an event-sourced stream with every ${snapshotEvery} events`, () => {
    const item = cell('shelf/1', { value: { count: 0 } })
    const snapshots: number[] = []
    for (let count = 1; count <= 250; count += 1) {
      const draft = draftOf(item)
      const stream = draft.stream(shelf('events'), 'shelf/1')
      stream.version += 1
      stream.state = { count }
      const [write] = draft.apply().streams ?? []
      assert.deepEqual([write?.expected, write?.next], [count - 1, count])
      if (write?.state === undefined) continue
      assert.deepEqual([write.state, write.stateVersion], [JSON.stringify({ count }), 4])
      snapshots.push(count)
    }

    assert.deepEqual(snapshots, [100, 200])
  })

  it('stores the state of a state-stored stream with every commit', () => {
    const item = cell('shelf/1', { value: { count: 6 }, version: 6, stateAt: 6 })
    const draft = draftOf(item)
    const stream = draft.stream(shelf('state'), 'shelf/1')
    stream.version += 2
    stream.state = { count: 8 }

    assert.deepEqual(draft.apply().streams, [
      { stream: 'shelf/1', expected: 6, next: 8, state: '{"count":8}', stateVersion: 4 },
    ])
    assert.deepEqual([item.version, item.stateAt, item.value], [8, 8, { count: 8 }])
  })

  it('only checks the streams that it has read', () => {
    const item = cell('shelf/1', { value: { count: 6 }, version: 150, stateAt: 10, pending: 1 })
    const draft = draftOf(item)
    draft.stream(shelf('events'), 'shelf/1')

    assert.deepEqual([draft.isEmpty, draft.restsOnPending], [true, true])
    assert.deepEqual(draft.apply().streams, [{ stream: 'shelf/1', expected: 150, next: 150 }])
  })

  it('checks the documents that it has read while their newest value is not yet written', () => {
    const pending = { ...label({ id: 'a', tags: [] }, 3), pending: 1 }
    const absent = { ...label(undefined, 0), pending: 1 }

    for (const each of [pending, absent]) {
      const draft = draftOf(each)
      draft.documents('labels@1', ['a'], Labels)
      assert.deepEqual([draft.restsOnPending, draft.cells()], [true, [each]])
      const { documents, checkDocuments } = draft.apply()
      const expected = each === pending ? 3 : 0
      assert.deepEqual([documents, checkDocuments], [undefined, [{ ...labelPlace, expected }]])
    }
  })

  it('checks that a document is not there which it did not find and does not make', () => {
    const absent = label(undefined, 0)
    const draft = draftOf(absent)
    draft.documents('labels@1', ['a'], Labels)

    assert.deepEqual(draft.cells(), [absent])
    assert.deepEqual(draft.apply().checkDocuments, [{ ...labelPlace, expected: 0 }])
    assert.equal(documentsOf(label(undefined, 0), undefined), undefined)
  })

  it('leaves documents alone that it has only read', () => {
    const draft = draftOf(label({ id: 'a', tags: [] }, 3))
    draft.documents('labels@1', ['a'], Labels)

    const { documents, checkDocuments } = draft.apply()
    assert.deepEqual([documents, checkDocuments, draft.cells()], [undefined, undefined, []])
  })

  it('has one time for all of it, never before that of the events of a stream', () => {
    const draft = draftOf(cell('shelf/1', { atMs: 5_000 }), cell('shelf/2', { atMs: 500 }))

    assert.equal(draft.stream(shelf('events'), 'shelf/1').atMs, 5_000)
    assert.equal(draft.stream(shelf('events'), 'shelf/2').atMs, 1_000)
  })

  it('does a task for each item and finds all that misses, but tells of what fails first', () => {
    const draft = draftOf()
    const done: number[] = []
    const missing = (item: number): void => {
      done.push(item)
      if (item % 2 === 1) throw cellsMissing
      if (item === 2) throw new RangeError('after a miss: found again when it is built anew')
    }

    assert.throws(
      () => draft.tryEach([1, 2, 3, 4], missing),
      (thrown) => thrown === cellsMissing,
    )
    assert.deepEqual(done, [1, 2, 3, 4])
    assert.throws(() => draft.tryEach([2, 3], missing), RangeError)
  })
})
