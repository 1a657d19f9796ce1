import type { IncomingMessage } from 'node:http'

/** Headers of which a second copy means that two readers may see two different requests. */
const single = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
])

const MAX_HEADERS = 100

/** Why a request is refused before anything reads it, or undefined when it may go on. */
export function refusal(incoming: IncomingMessage): number | undefined {
  if (incoming.method === 'TRACE' || incoming.method === 'CONNECT') return 405
  if (incoming.url?.charCodeAt(0) !== 47) return 400
  return headerRefusal(incoming.rawHeaders)
}

function headerRefusal(rawHeaders: readonly string[]): number | undefined {
  if (rawHeaders.length > MAX_HEADERS * 2) return 431
  const seen: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (!single.has(name)) continue
    if (seen.includes(name)) return 400
    seen.push(name)
  }
  return undefined
}
