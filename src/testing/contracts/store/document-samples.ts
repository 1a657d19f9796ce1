import assert from 'node:assert/strict'
import type { DocumentWrite, SnapshotRead, Store, StoredDocument } from '../../../log/store.port.ts'

type FindOptions = Partial<Extract<SnapshotRead, { kind: 'find' }>>

/** Asks for documents. */
export async function ask(store: Store, read: SnapshotRead): Promise<readonly StoredDocument[]> {
  const [answer] = await store.snapshot([read])
  assert.ok(answer?.kind === 'documents')
  return answer.documents
}

/** The document under a key, in a list of one; an empty list without it. */
export function getDocument(
  store: Store,
  key: string,
  view = 'items',
): Promise<readonly StoredDocument[]> {
  return ask(store, { kind: 'get', view, key })
}

/** The keys of the documents that are found under a value of the index `by-colour`. */
export async function findKeys(
  store: Store,
  value: string | number,
  options: FindOptions = {},
): Promise<readonly string[]> {
  const read = { kind: 'find', view: 'items', index: 'by-colour', limit: 100, ...options } as const
  return (await ask(store, { ...read, value })).map(({ key }) => key)
}

/** The keys of a page of view `items`. */
export async function listKeys(
  store: Store,
  after?: string,
  limit = 100,
): Promise<readonly string[]> {
  const from = after === undefined ? {} : { after }
  return (await ask(store, { kind: 'list', view: 'items', limit, ...from })).map(({ key }) => key)
}

/** A new document of view `items` that is found under its values. */
export function put(key: string, ...values: readonly (string | number)[]): DocumentWrite {
  const index = values.map((value) => ['by-colour', value] as const)
  return { view: 'items', key, expected: 0, value: JSON.stringify(key), index }
}

/** Keys in the order of their code points. */
export const orderedKeys = [
  '',
  '\u0000',
  ' ',
  '0',
  '10',
  '9',
  'A',
  'a',
  'a\u0000',
  'a\u0000b',
  'aa',
  'ab',
  'b',
  'é',
  '두레',
  '\ue000',
  '\uffff',
  '🙂',
  '🙂a',
  '🚀',
]
