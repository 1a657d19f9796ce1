import type { JsonLimits } from './json/scan-json.ts'

/** Everything that the HTTP server bounds. Times are in milliseconds, sizes in bytes. */
export interface HttpLimits {
  /** Open connections; further ones are closed at once. */
  readonly connectionsMax: number
  /** Requests that are being answered; further ones get 503. */
  readonly requestsInFlightMax: number
  /** Requests of one connection that wait for their answer; a client that sends more gets 503. */
  readonly pipelinedMax: number
  /** Requests that one connection may send in its life; it is closed after the last. */
  readonly requestsPerConnectionMax: number
  /** Length of the path and the query together; longer ones get 414. */
  readonly urlBytesMax: number
  /** Size of all headers together with the request line; larger ones get 431. */
  readonly headerBytesMax: number
  /** Number of headers; more get 431. */
  readonly headersMax: number
  /** Number of parameters in a query string; more get 400. */
  readonly queryParametersMax: number
  /** Size of a body, unless the route says otherwise; larger ones get 413. */
  readonly bodyBytesMax: number
  /** What the JSON of a body may hold. */
  readonly json: JsonLimits
  /** From the first byte of a request to the end of its headers; slower ones get 408. */
  readonly headersTimeoutMs: number
  /** From the first byte of a request to the end of its body; slower ones get 408. */
  readonly receiveTimeoutMs: number
  /** How often those two are looked at. */
  readonly timeoutCheckMs: number
  /** How long a request may take to be answered; callers may ask for less. Then it gets 504. */
  readonly answerTimeoutMsMax: number
  /** How long a connection may stay open between requests. Longer than the load balancer in front keeps it. */
  readonly keepAliveMs: number
  /** How long nothing may move on a connection, whatever it waits for: readers that stopped reading. */
  readonly silenceMs: number
  /** How long the rest of a refused body is still read, so that the client can hear the refusal. */
  readonly lingerMs: number
  /** How long `stop` leaves connections open on which nothing is asked: what arrives meanwhile is told that it stops. */
  readonly stopLingerMs: number
  /** How long `drain` waits for connections on which nothing is asked. */
  readonly drainIdleMs: number
  /** How long `stop` waits for requests that are being answered. */
  readonly stopGraceMs: number
}

// #region defaults
/** The limits of a server that is told nothing else. */
export const httpLimits: HttpLimits = {
  connectionsMax: 10_000,
  requestsInFlightMax: 4_096,
  pipelinedMax: 64,
  requestsPerConnectionMax: 100_000,
  urlBytesMax: 8 * 1024,
  headerBytesMax: 16 * 1024,
  headersMax: 100,
  queryParametersMax: 100,
  bodyBytesMax: 1024 * 1024,
  json: { depthMax: 32, valuesMax: 20_000, keysPerObjectMax: 1_000, numberCharsMax: 64 },
  headersTimeoutMs: 10_000,
  receiveTimeoutMs: 10_000,
  timeoutCheckMs: 1_000,
  answerTimeoutMsMax: 30_000,
  keepAliveMs: 65_000,
  silenceMs: 60_000,
  lingerMs: 1_000,
  stopLingerMs: 250,
  drainIdleMs: 2_000,
  stopGraceMs: 10_000,
}
// #endregion defaults
