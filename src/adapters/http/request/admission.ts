import type { IncomingMessage } from 'node:http'
import { DureError } from '../../../language/errors.ts'
import type { HttpLimits } from '../limits.ts'
import { type KnownHeaders, readHeaders } from './headers.ts'

/** Which hosts and which other sites a server answers for. */
export interface AdmissionRules {
  /** Names of this server, without port; undefined: any name. */
  readonly hosts: ReadonlySet<string> | undefined
  /** Origins of other sites whose pages may send commands. */
  readonly origins: ReadonlySet<string>
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The hosts of a server that is told none: by loopback only its own names, else any. */
export function hostsOf(
  host: string,
  given: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  if (given) return new Set(given.map((each) => each.toLowerCase()))
  const isLoopback = loopbackHosts.has(host) || host === '::1' || host.startsWith('127.')
  return isLoopback ? loopbackHosts : undefined
}

/** The part of a request that is there before its body. */
export type RequestHead = Pick<
  IncomingMessage,
  'method' | 'url' | 'httpVersionMajor' | 'httpVersionMinor' | 'rawHeaders'
>

/**
 * Reads the head of a request and refuses what must not reach a route.
 *
 * @throws `HTTP_REQUEST_INVALID`, `HTTP_URL_TOO_LONG`, `HTTP_HEADERS_TOO_LARGE`, `HTTP_HOST_UNKNOWN`,
 * `HTTP_ORIGIN_REFUSED`.
 */
export function admitRequest(
  incoming: RequestHead,
  limits: HttpLimits,
  rules: AdmissionRules,
): KnownHeaders {
  const { rawHeaders, httpVersionMajor, httpVersionMinor, url = '' } = incoming
  if (httpVersionMajor !== 1 || httpVersionMinor > 1) {
    throw invalid('This server speaks HTTP/1.1 and HTTP/1.0 only.')
  }
  if (url.length > limits.urlBytesMax) {
    throw new DureError('HTTP_URL_TOO_LONG', `A target has ${limits.urlBytesMax} bytes at most.`)
  }
  if (rawHeaders.length > limits.headersMax * 2) {
    throw new DureError(
      'HTTP_HEADERS_TOO_LARGE',
      `A request has ${limits.headersMax} headers at most.`,
    )
  }
  const headers = readHeaders(rawHeaders)
  const { transferEncoding } = headers
  if (transferEncoding !== undefined && transferEncoding.toLowerCase() !== 'chunked') {
    throw invalid('A body comes with its length or in chunks, and in no other way.')
  }
  checkHost(headers.host, httpVersionMinor, rules.hosts)
  checkSite(incoming.method, headers, rules.origins)
  return headers
}

const hostPattern = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

function checkHost(
  host: string | undefined,
  httpVersionMinor: number,
  hosts: ReadonlySet<string> | undefined,
): void {
  if (host === undefined) {
    if (httpVersionMinor === 0 && !hosts) return
    throw invalid('A request has to name its host.')
  }
  const name = hostPattern.exec(host)?.[1]
  if (name === undefined) throw invalid('The header host is not a host.')
  if (!hosts || hosts.has(name) || hosts.has(name.toLowerCase())) return
  throw new DureError(
    'HTTP_HOST_UNKNOWN',
    'This server does not answer for the host of the request.',
  )
}

/**
 * Pages of other sites may read nothing here, for no answer allows it; so only what changes something is checked.
 *
 * Source: Valsorda, "Cross-Site Request Forgery" (2025): the browser's own word on where a request comes from,
 * and the origin where an older browser gives none.
 */
function checkSite(
  method: string | undefined,
  { fetchSite, origin, host }: KnownHeaders,
  origins: ReadonlySet<string>,
): void {
  if (fetchSite === undefined && origin === undefined) return
  if (method === 'GET' || method === 'HEAD') return
  if (isOwnSite(fetchSite, origin, host) || (origin && origins.has(origin))) return
  throw new DureError(
    'HTTP_ORIGIN_REFUSED',
    'A page of another site sent this request. Name its origin to the server when that is right.',
  )
}

function isOwnSite(
  fetchSite: string | undefined,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || fetchSite === 'none'
  return origin === `http://${host}` || origin === `https://${host}`
}

function invalid(message: string): DureError {
  return new DureError('HTTP_REQUEST_INVALID', message)
}
