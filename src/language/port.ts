import { assertName } from './contract.ts'
import { freezeDefinition } from './freeze.ts'
import type { InputOf, OutputOf, Schema } from './schema.ts'

export interface PortOperation {
  readonly input: Schema
  readonly output: Schema
}

export type PortSpec = Readonly<Record<string, PortOperation>>

/** What the platform tells an adapter about each call. */
export interface PortCall {
  /** The same for every retry: hand it to the outside so that it acts once. */
  readonly idempotencyKey: string
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** A driven port: what a service needs from the outside world, in its own words. */
export interface Port<Name extends string, S extends PortSpec> {
  readonly kind: 'port'
  readonly name: Name
  readonly operations: S
}

export type AnyPort = Port<string, PortSpec>

/** How `prepare` sees a port. */
export type PortClient<P extends AnyPort> = {
  readonly [K in keyof P['operations']]: (
    input: InputOf<P['operations'][K]['input']>,
  ) => Promise<OutputOf<P['operations'][K]['output']>>
}

/** What an adapter of a port implements. */
export type PortAdapter<P extends AnyPort> = {
  readonly [K in keyof P['operations']]: (
    input: OutputOf<P['operations'][K]['input']>,
    call: PortCall,
  ) => Promise<InputOf<P['operations'][K]['output']>>
}

export interface PortBinding {
  readonly kind: 'binding'
  readonly port: AnyPort
  readonly adapter: Readonly<Record<string, (input: never, call: PortCall) => Promise<unknown>>>
}

/** Defines a driven port. The answer of its adapter is checked against the schema before anybody sees it. */
export function port<const Name extends string, const S extends PortSpec>(
  name: Name,
  operations: S,
): Port<Name, S> {
  assertName('port', name)
  return freezeDefinition({ kind: 'port', name, operations })
}

/** Binds an adapter to a driven port, in `system`. */
export function bind<P extends AnyPort>(boundPort: P, adapter: PortAdapter<P>): PortBinding {
  return Object.freeze({
    kind: 'binding',
    port: boundPort,
    adapter: adapter,
  })
}
