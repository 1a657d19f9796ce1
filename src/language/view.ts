import { type AnyEventType, assertName } from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { EventMeta } from './message.ts'
import type { InputOf, OutputOf, Schema } from './schema.ts'

/** A value of an index. Numbers are ordered as numbers, before all text. */
export type IndexValue = string | number

export type IndexFunction<Doc> = (document: Doc) => IndexValue | readonly IndexValue[] | undefined

export interface ViewOptions<S extends Schema, X extends string> {
  /** The shape of a document. It has to survive JSON. */
  readonly document: S
  /**
   * `inline`: changed in the same commit as the event; only for events of the own service.
   * `async` (default): follows the log with a cursor of its own.
   */
  readonly consistency?: 'inline' | 'async'
  /** Names by which documents can be found. `undefined` leaves a document out of an index. */
  readonly indexes?: { readonly [K in X]: IndexFunction<NoInfer<OutputOf<S>>> }
  /** Raised by the writer when the meaning of the view changes: it is then rebuilt at the next start. */
  readonly version?: number
}

export interface ViewMeta extends EventMeta {
  /** The key of the document that is evolved. */
  readonly documentKey: string
}

export interface ViewHandler<Doc, Data> {
  /** The document, or documents, that the event changes. An empty list: none. */
  readonly key: (event: Data, meta: EventMeta) => string | readonly string[]
  /** The document after the event; `undefined` removes it. Pure: a rebuild gives the same documents. */
  readonly evolve: (document: Doc | undefined, event: Data, meta: ViewMeta) => Doc | undefined
}

/** A view as the platform sees it, types erased. */
export interface View {
  readonly kind: 'view'
  readonly name: string
  readonly document: Schema
  readonly consistency: 'inline' | 'async'
  readonly version: number
  readonly indexes: Readonly<Record<string, IndexFunction<never>>>
  readonly handlers: Readonly<Record<string, ViewHandler<unknown, unknown>>>
  readonly events: readonly AnyEventType[]
}

/** A view whose document type and index names are known to the compiler; `on` adds an event. */
export interface TypedView<Doc, X extends string> extends View {
  readonly '~document'?: Doc
  readonly '~indexes'?: X
  /** Adds an event of this or another service. Returns a new view. */
  on<E extends AnyEventType>(
    event: E,
    handler: ViewHandler<Doc, OutputOf<E['schema']>>,
  ): TypedView<Doc, X>
}

/**
 * Defines a view: a read model, `(events) -> document by key`.
 *
 * A view of another service's events is a *replica*. Source: Young, CQRS; Richardson, "CQRS" pattern.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when an event is given twice.
 */
export function view<S extends Schema, const X extends string = never>(
  name: string,
  options: ViewOptions<S, X>,
): TypedView<OutputOf<S>, X> {
  assertName('view', name)
  return viewWith<OutputOf<S>, X>({
    kind: 'view',
    name,
    document: options.document,
    consistency: options.consistency ?? 'async',
    version: options.version ?? 1,
    // Why the cast: index functions are only called with documents of this view.
    indexes: options.indexes ?? {},
    handlers: {},
    events: [],
  })
}

function viewWith<Doc, X extends string>(definition: View): TypedView<Doc, X> {
  return freezeDefinition({
    ...definition,
    on<E extends AnyEventType>(
      event: E,
      handler: ViewHandler<Doc, OutputOf<E['schema']>>,
    ): TypedView<Doc, X> {
      if (Object.hasOwn(definition.handlers, event.type)) {
        throw definitionError(`View "${definition.name}" handles ${event.type} twice. Keep one.`)
      }
      return viewWith({
        ...definition,
        handlers: {
          ...definition.handlers,
          [event.type]: handler as ViewHandler<unknown, unknown>,
        },
        events: [...definition.events, event],
      })
    },
  })
}

export type DocumentOf<V> = V extends { readonly '~document'?: infer Doc }
  ? NonNullable<Doc>
  : never
export type IndexesOf<V> = V extends { readonly '~indexes'?: infer X } ? NonNullable<X> : never
export type DocumentInput<S extends Schema> = InputOf<S>
