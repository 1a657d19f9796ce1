import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { EventMeta } from '../language/message.ts'
import { type View, view } from '../language/view.ts'
import type { Commit, DocumentWrite } from '../log/store.port.ts'
import { Draft } from '../runtime/draft.ts'
import { applyToView, documentsPerEventMax } from './inline-views.ts'

const Shop = contract('shop', { events: { Priced: z.object({ items: z.array(z.string()) }) } })
const meta: EventMeta = { id: 'till/1#1', source: 'shop', atMs: 5, key: '1', version: 1 }

function prices(
  evolve: (document: { count: number } | undefined) => { count: number } | undefined,
): View {
  return view('prices', { document: z.object({ count: z.int() }) }).on(Shop.Priced, {
    key: ({ items }) => items,
    evolve: (document, _event, { documentKey }) => {
      assert.ok(documentKey)
      return evolve(document)
    },
  })
}

function written(
  definition: View,
  items: readonly string[],
  facts: SampleFacts = {},
): readonly DocumentWrite[] {
  return commitOf(definition, items, facts).documents ?? []
}

interface SampleFacts {
  readonly type?: string
  readonly known?: Record<string, unknown>
}

function commitOf(definition: View, items: readonly string[], facts: SampleFacts): Commit {
  const { type = 'shop.Priced', known = {} } = facts
  const draft = new Draft(
    {
      stream: () => undefined,
      document(name, key) {
        const value = known[key]
        const version = value === undefined ? 0 : 1
        return { id: `${name} ${key}`, value, version, stateAt: 0, atMs: 0, pending: 0 }
      },
    },
    0,
  )
  applyToView(draft, { view: definition, name: 'prices@1' }, { type, data: { items }, meta })
  return draft.apply()
}

const counting = prices((document) => ({ count: (document?.count ?? 0) + 1 }))

describe('an event in a view', () => {
  it('changes each document that it names once', () => {
    const documents = written(counting, ['a', 'b', 'a'], { known: { a: { count: 4 } } })

    assert.deepEqual(
      documents.map(({ key, value }) => [key, value]),
      [
        ['a', '{"count":5}'],
        ['b', '{"count":1}'],
      ],
    )
  })

  it('changes nothing when it names none, or when the view does not handle it', () => {
    assert.deepEqual(written(counting, []), [])
    assert.deepEqual(written(counting, ['a'], { type: 'shop.Other' }), [])
  })

  it('removes the documents for which the view gives nothing, and checks those that are not there', () => {
    const { documents, checkDocuments } = commitOf(
      prices(() => undefined),
      ['a', 'b'],
      { known: { a: { count: 1 } } },
    )

    assert.deepEqual(documents, [{ view: 'prices@1', key: 'a', expected: 1 }])
    assert.deepEqual(checkDocuments, [{ view: 'prices@1', key: 'b', expected: 0 }])
  })

  it(`is refused when it changes more than ${documentsPerEventMax} documents: none is left out`, () => {
    const items = Array.from({ length: documentsPerEventMax + 1 }, (_, index) => `i${index}`)

    assert.equal(written(counting, items.slice(1)).length, documentsPerEventMax)
    assert.equal(written(counting, [...items.slice(1), 'i1']).length, documentsPerEventMax)
    assert.throws(() => written(counting, items), { code: 'LANGUAGE_DEFINITION_INVALID' })
  })
})
