/** A command as data: an order to one service, made by calling the contract's function. */
export interface Command<
  Type extends string = string,
  Data = unknown,
  Output = unknown,
  Rejects extends string = string,
> {
  readonly kind: 'command'
  readonly service: string
  readonly type: Type
  readonly data: Data
  /** Only for the compiler: what an accepted command answers. */
  readonly '~output'?: Output
  /** Only for the compiler: the names of the rejections that may come back. */
  readonly '~rejects'?: Rejects
}

/** An event as data: a fact of one service. */
export interface Event<Type extends string = string, Data = unknown> {
  readonly kind: 'event'
  readonly service: string
  readonly type: Type
  readonly data: Data
}

/** A query as data: a question to one service. */
export interface Query<
  Type extends string = string,
  Data = unknown,
  Output = unknown,
  Rejects extends string = string,
> {
  readonly kind: 'query'
  readonly service: string
  readonly type: Type
  readonly data: Data
  readonly '~output'?: Output
  readonly '~rejects'?: Rejects
}

/** A business "no": a value, never an exception. */
export interface Rejection<Name extends string = string, Data = unknown> {
  readonly kind: 'rejection'
  readonly rejected: Name
  readonly data: Data
}

/** A business "yes" with an answer for the caller, and the events that make it true. */
export interface Accepted<Output = unknown, E extends Event = Event> {
  readonly kind: 'accepted'
  readonly output: Output
  readonly events: readonly E[]
}

/** What a caller learns of a command: the answer of the service, whichever it was. */
export type Outcome<Output = unknown, Rejects extends string = string> =
  | { readonly ok: true; readonly output: Output }
  | { readonly ok: false; readonly rejected: Rejects; readonly data: unknown }

export type CommandOutput<C> =
  C extends Command<string, unknown, infer Output, string> ? Output : never
export type CommandRejects<C> =
  C extends Command<string, unknown, unknown, infer Rejects> ? Rejects : never

/** Where, when and why an event happened, as handlers see it. */
export interface EventMeta {
  /** Identity of the message: the same on every delivery. */
  readonly id: string
  /** Name of the service that recorded it. */
  readonly source: string
  /** When it was recorded, in milliseconds since 1970 UTC. */
  readonly atMs: number
  /** Key of the aggregate instance that recorded it. */
  readonly key: string
  /** Its number in the stream of that instance, counted from 1. */
  readonly version: number
  readonly actor?: string | undefined
  readonly tenant?: string | undefined
}
