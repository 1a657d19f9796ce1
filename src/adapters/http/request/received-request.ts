import type { RouteRequest } from '../../../language/gateway.ts'
import { allHeaders } from './headers.ts'

/** A request as a route sees it. Headers are gathered when a route asks for them. */
export class ReceivedRequest implements RouteRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Set once, when the body has arrived. */
  body: unknown = undefined
  readonly #rawHeaders: readonly string[]
  #headers: Readonly<Record<string, string>> | undefined

  constructor(
    params: Readonly<Record<string, string>>,
    query: Readonly<Record<string, string>>,
    rawHeaders: readonly string[],
  ) {
    this.params = params
    this.query = query
    this.#rawHeaders = rawHeaders
  }

  get headers(): Readonly<Record<string, string>> {
    return (this.#headers ??= allHeaders(this.#rawHeaders))
  }
}
