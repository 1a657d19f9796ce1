import assert from 'node:assert/strict'
import { definitionError } from '../../language/errors.ts'
import { checkSchema } from '../../language/schema.ts'
import type { DocumentOf, IndexesOf, IndexValue, View } from '../../language/view.ts'
import type { Cell } from '../../runtime/cells.ts'
import { Draft } from '../../runtime/draft.ts'
import { indexRows } from '../../views/index-rows.ts'
import { applyToView } from '../../views/inline-views.ts'
import { frozenPlain } from './plain.ts'
import { asStored, type GivenEvent, recorded } from './recorded.ts'

/** The documents of a view, to be compared with what was expected. */
export interface GivenView<V extends View> {
  /** Compares the document under a key; `undefined`: there is none. */
  thenDocument(key: string, document: DocumentOf<V> | undefined): GivenView<V>
  /** Compares the keys of all documents, in any order. */
  thenKeys(keys: readonly string[]): GivenView<V>
  /** Compares the keys of the documents that an index finds under a value, in any order. */
  thenFound(index: IndexesOf<V> & string, value: IndexValue, keys: readonly string[]): GivenView<V>
}

/**
 * Begins the specification of a view that has seen these events.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when a document does not fit its schema or does not survive JSON.
 */
export function givenView<V extends View>(view: V, events: readonly GivenEvent[]): GivenView<V> {
  const documents = documentsAfter(view, events)
  const given: GivenView<V> = {
    thenDocument(key, document) {
      assert.deepEqual(documents.get(key), asStored(document))
      return given
    },
    thenKeys(keys) {
      assert.deepEqual([...documents.keys()].toSorted(), keys.toSorted())
      return given
    },
    thenFound(index, value, keys) {
      if (!Object.hasOwn(view.indexes, index))
        throw definitionError(`View "${view.name}" has no index "${index}".`)
      const found = [...documents].filter(([, document]) =>
        indexRows(view, document).some(([name, each]) => name === index && each === value),
      )
      assert.deepEqual(found.map(([key]) => key).toSorted(), keys.toSorted())
      return given
    },
  }
  return given
}

function documentsAfter(view: View, events: readonly GivenEvent[]): Map<string, unknown> {
  const documents = new Map<string, unknown>()
  const cellOf = (id: string, key: string): Cell => {
    const value = documents.get(key)
    const version = value === undefined ? 0 : 1
    return { id, version, value, stateAt: 0, atMs: 0, pending: 0 }
  }
  for (const event of recorded(events)) {
    const cells = {
      stream: () => undefined,
      document: (name: string, key: string) => cellOf(`${name} ${key}`, key),
    }
    const draft = new Draft(cells, event.meta.atMs)
    applyToView(draft, { view, name: view.name }, event)
    for (const { key, value } of draft.apply().documents ?? []) {
      if (value === undefined) documents.delete(key)
      else documents.set(key, checkedDocument(view, key, JSON.parse(value)))
    }
  }
  return documents
}

function checkedDocument(view: View, key: string, document: unknown): unknown {
  const checked = checkSchema(view.document, document)
  if (!(checked instanceof Promise) && !checked.ok) {
    const [issue] = checked.issues
    throw definitionError(
      `Document "${key}" of view "${view.name}" does not fit its schema: ${issue?.path ?? ''} ${issue?.message ?? ''}`,
    )
  }
  return frozenPlain(`Document "${key}" of view "${view.name}"`, document)
}
