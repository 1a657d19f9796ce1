import assert from 'node:assert/strict'
import { ask, findKeys, orderedKeys, put } from './document-samples.ts'
import { commitAll, type StorePromise } from './trial.ts'

/** What a store promises about finding documents by the values of an index. */
export const findPromises: readonly StorePromise[] = [
  {
    promise: 'finds documents by index rows as they were added and taken away',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ documents: [put('k1', 'red', 'round'), put('k2', 'red')] }])
      const early = [await findKeys(store, 'red'), await findKeys(store, 'round')]

      await commitAll(store, [
        {
          documents: [
            {
              view: 'items',
              key: 'k1',
              expected: 1,
              value: '"new"',
              index: [
                ['by-colour', 'blue'],
                ['by-colour', 'round'],
              ],
              unindex: [
                ['by-colour', 'red'],
                ['by-colour', 'round'],
                ['by-colour', 'never there'],
              ],
            },
          ],
        },
      ])

      assert.deepEqual(early, [['k1', 'k2'], ['k1']])
      assert.deepEqual(await findKeys(store, 'red'), ['k2'])
      assert.deepEqual(await findKeys(store, 'blue'), ['k1'])
      assert.deepEqual(await findKeys(store, 'round'), ['k1'])
      const read = {
        kind: 'find',
        view: 'items',
        index: 'by-colour',
        value: 'blue',
        limit: 1,
      } as const
      assert.deepEqual(await ask(store, read), [{ key: 'k1', version: 2, value: '"new"' }])
    },
  },
  {
    promise: 'keeps views, indexes and values apart, and numbers from texts',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        {
          documents: [
            put('text', '1'),
            put('text of a fraction', '1.0', '1.5'),
            put('number', 1),
            put('fraction', 1.5, 1e21, -7, 0),
            put('big', Number.MAX_SAFE_INTEGER),
            { ...put('other index'), index: [['by-size', '1']] },
            { ...put('other view', '1'), view: 'orders' },
            put('empty', ''),
            put('nul', '\u0000'),
          ],
        },
      ])

      assert.deepEqual(await findKeys(store, '1'), ['text'])
      assert.deepEqual(await findKeys(store, 1), ['number'])
      assert.deepEqual(await findKeys(store, 1.5), ['fraction'])
      assert.deepEqual(await findKeys(store, 1e21), ['fraction'])
      assert.deepEqual(await findKeys(store, -7), ['fraction'])
      assert.deepEqual(await findKeys(store, -0), ['fraction'])
      assert.deepEqual(await findKeys(store, Number.MAX_SAFE_INTEGER), ['big'])
      assert.deepEqual(await findKeys(store, Number.MAX_SAFE_INTEGER - 1), [])
      assert.deepEqual(await findKeys(store, '1', { index: 'by-size' }), ['other index'])
      assert.deepEqual(await findKeys(store, '1', { view: 'orders' }), ['other view'])
      assert.deepEqual(await findKeys(store, ''), ['empty'])
      assert.deepEqual(await findKeys(store, '\u0000'), ['nul'])
    },
  },
  {
    promise: 'finds documents ordered by the code points of their keys, page by page',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { documents: orderedKeys.toReversed().map((key) => put(key, 'red')) },
        { documents: [put('odd', 'blue')] },
      ])

      const pages: string[][] = []
      for (let page = await findKeys(store, 'red', { limit: 4 }); page.length > 0; ) {
        pages.push([...page])
        page = await findKeys(store, 'red', { limit: 4, after: page.at(-1) ?? '' })
      }

      assert.deepEqual(pages.flat(), orderedKeys)
      assert.deepEqual(await findKeys(store, 'red', { after: '🙂' }), ['🙂a', '🚀'])
    },
  },
  {
    promise: 'finds nothing under an index row whose document was removed, and goes on after it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { documents: [put('k1', 'red'), put('k2', 'red'), put('k3', 'red')] },
        { documents: [{ view: 'items', key: 'k1', expected: 1 }] },
      ])

      assert.deepEqual(await findKeys(store, 'red', { limit: 2 }), ['k2', 'k3'])
    },
  },
]
