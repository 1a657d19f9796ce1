import assert from 'node:assert/strict'
import { findKeys, getDocument, listKeys, orderedKeys, put } from './document-samples.ts'
import { commitAll, kindsOf, type StorePromise } from './trial.ts'

/** What a store promises about the documents of views. */
export const documentPromises: readonly StorePromise[] = [
  {
    promise: 'counts the versions of a document and gives it back as it was written',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { documents: [{ view: 'items', key: 'k', expected: 0, value: '"one"' }] },
        { documents: [{ view: 'items', key: 'k', expected: 1, value: '"two\\u0000"' }] },
        { documents: [{ view: 'orders', key: 'k', expected: 0, value: '"other view"' }] },
      ])

      assert.deepEqual(await getDocument(store, 'k'), [
        { key: 'k', version: 2, value: '"two\\u0000"' },
      ])
      assert.deepEqual(await getDocument(store, 'k', 'orders'), [
        { key: 'k', version: 1, value: '"other view"' },
      ])
      assert.deepEqual(await getDocument(store, 'none'), [])
    },
  },
  {
    promise: 'takes a document only at the version that the writer expects',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { documents: [put('k')] },
        { documents: [{ ...put('k'), expected: 1 }] },
      ])

      for (const expected of [0, 1, 3]) {
        const verdicts = await store.commit([{ documents: [{ ...put('k'), expected }] }])

        assert.deepEqual(verdicts, [
          { kind: 'conflict', on: 'document', name: 'items/k', expected, actual: 2 },
        ])
      }
      const absent = await store.commit([{ documents: [{ ...put('none'), expected: 1 }] }])
      assert.deepEqual(absent, [
        { kind: 'conflict', on: 'document', name: 'items/none', expected: 1, actual: 0 },
      ])
    },
  },
  {
    promise: 'removes a document that is written without a value; it then begins anew',
    async check(trial) {
      await using store = await trial.open()
      const remove = {
        view: 'items',
        key: 'k',
        expected: 1,
        unindex: [['by-colour', 'red']],
      } as const
      await commitAll(store, [{ documents: [put('k', 'red')] }, { documents: [remove] }])

      const removed = [
        await getDocument(store, 'k'),
        await listKeys(store),
        await findKeys(store, 'red'),
      ]
      const verdicts = await store.commit([
        { documents: [{ view: 'items', key: 'never', expected: 0 }] },
        { documents: [put('k')] },
      ])

      assert.deepEqual(removed, [[], [], []])
      assert.deepEqual(kindsOf(verdicts), ['committed', 'committed'])
      assert.deepEqual(await getDocument(store, 'k'), [{ key: 'k', version: 1, value: '"k"' }])
    },
  },
  {
    promise: 'lists documents ordered by the code points of their keys, page by page',
    async check(trial) {
      await using store = await trial.open()
      const shuffled = orderedKeys.toReversed().toSorted((one, other) => one.length - other.length)
      await commitAll(store, [{ documents: shuffled.map((key) => put(key)) }])

      const pages: string[][] = []
      for (let page = await listKeys(store, undefined, 3); page.length > 0; ) {
        pages.push([...page])
        page = await listKeys(store, page.at(-1), 3)
      }

      assert.deepEqual(pages.flat(), orderedKeys)
      assert.ok(pages.every((page, index) => page.length === 3 || index === pages.length - 1))
      assert.deepEqual(await listKeys(store, 'aaa'), orderedKeys.slice(orderedKeys.indexOf('ab')))
      assert.deepEqual(await listKeys(store, undefined, 0), [])
    },
  },
  {
    promise: 'clears views before the documents of the same commit are compared and written',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { documents: [put('k1', 'red'), put('k2', 'red'), { ...put('o1'), view: 'orders' }] },
      ])

      const verdicts = await store.commit([
        { clearViews: ['items', 'empty'], documents: [put('k2', 'blue')] },
      ])

      assert.deepEqual(kindsOf(verdicts), ['committed'])
      assert.deepEqual(await listKeys(store), ['k2'])
      assert.deepEqual(await getDocument(store, 'k2'), [{ key: 'k2', version: 1, value: '"k2"' }])
      assert.deepEqual([await findKeys(store, 'red'), await findKeys(store, 'blue')], [[], ['k2']])
      assert.equal((await getDocument(store, 'o1', 'orders')).length, 1)
      const late = await store.commit([
        { clearViews: ['items'], documents: [{ ...put('k2'), expected: 1 }] },
      ])
      assert.deepEqual(late, [
        { kind: 'conflict', on: 'document', name: 'items/k2', expected: 1, actual: 0 },
      ])
      assert.deepEqual(await listKeys(store), ['k2'])
    },
  },
  {
    promise: 'answers several reads in their order',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { ...trial.append('item/1', 0), documents: [put('k1', 'red'), put('k2', 'red')] },
      ])

      const answers = await store.snapshot([
        { kind: 'stream', stream: 'item/1' },
        { kind: 'find', view: 'items', index: 'by-colour', value: 'red', limit: 1 },
        { kind: 'get', view: 'items', key: 'k2' },
        { kind: 'list', view: 'items', limit: 9 },
        { kind: 'get', view: 'items', key: 'none' },
      ])

      const sizes = answers.map((each) =>
        each.kind === 'stream' ? each.stream.version : each.documents.map(({ key }) => key),
      )
      assert.deepEqual(sizes, [1, ['k1'], ['k2'], ['k1', 'k2'], []])
      assert.deepEqual(await store.snapshot([]), [])
    },
  },
  {
    promise: 'answers without waiting, where it can, what a snapshot answers',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ ...trial.append('item/1', 0), documents: [put('k1', 'red')] }])
      const reads = [
        { kind: 'stream', stream: 'item/1' },
        { kind: 'stream', stream: 'none' },
        { kind: 'get', view: 'items', key: 'k1' },
        { kind: 'get', view: 'items', key: 'none' },
      ] as const

      const now = store.snapshotNow?.(reads)

      if (now) assert.deepEqual(now, await store.snapshot(reads))
      await store[Symbol.asyncDispose]()
      if (now) assert.throws(() => store.snapshotNow?.(reads), { code: 'STORE_CLOSED' })
    },
  },
  {
    promise: 'answers all reads from one snapshot while others commit',
    async check(trial) {
      await using store = await trial.open()
      const progress = { isWriting: true }
      const write = (version: number) =>
        store.commit([
          {
            ...trial.append('item/1', version),
            documents: [
              { view: 'items', key: 'a', expected: version, value: String(version + 1) },
              { view: 'items', key: 'b', expected: version, value: String(version + 1) },
            ],
          },
        ])
      const writing = (async () => {
        for (let version = 0; version < 50; version += 1) await write(version)
        progress.isWriting = false
      })()

      while (progress.isWriting) {
        const answers = await store.snapshot([
          { kind: 'get', view: 'items', key: 'a' },
          { kind: 'stream', stream: 'item/1' },
          { kind: 'get', view: 'items', key: 'b' },
        ])
        const seen = answers.map((each) =>
          each.kind === 'stream' ? each.stream.version : (each.documents[0]?.version ?? 0),
        )
        assert.equal(new Set(seen).size, 1, `read ${seen.join(', ')} together`)
      }
      await writing
    },
  },
]
