import type { IncomingMessage } from 'node:http'
import { DureError } from '../../../language/errors.ts'
import type { KnownHeaders } from './headers.ts'

/** Whether a request announces a body. */
export function hasBody(headers: KnownHeaders): boolean {
  if (headers.transferEncoding !== undefined) return true
  return headers.contentLength !== undefined && headers.contentLength !== '0'
}

/**
 * Checks that a body is plain JSON.
 *
 * @throws `HTTP_MEDIA_TYPE_UNSUPPORTED` when its type is another, or it is compressed.
 */
export function checkMediaType(headers: KnownHeaders): void {
  const { contentType, contentEncoding } = headers
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new DureError(
      'HTTP_MEDIA_TYPE_UNSUPPORTED',
      'A compressed body is not read here. Send it without Content-Encoding.',
    )
  }
  if (contentType === 'application/json' || isPlainJson(contentType ?? '')) return
  throw new DureError(
    'HTTP_MEDIA_TYPE_UNSUPPORTED',
    'The body has to be JSON in UTF-8. Send Content-Type: application/json.',
  )
}

const plainJson = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i

function isPlainJson(contentType: string): boolean {
  return plainJson.test(contentType)
}

/** Takes a whole body, or the reason why it cannot be had. */
export interface BodyReceiver {
  onBody(bytes: Uint8Array): void
  onBodyRefused(error: DureError): void
  /** The client is gone: nobody is left to answer. */
  onClientGone(): void
}

/**
 * Checks the length that a body is announced with.
 *
 * @throws `HTTP_BODY_TOO_LARGE`.
 */
export function checkAnnouncedSize({ contentLength }: KnownHeaders, bytesMax: number): void {
  if (contentLength !== undefined && Number(contentLength) > bytesMax) throw bodyTooLarge(bytesMax)
}

/** Receives a body. Stops at the first byte over the limit. */
export function receiveBody(
  incoming: IncomingMessage,
  bytesMax: number,
  receiver: BodyReceiver,
): void {
  const chunks: Uint8Array[] = []
  let size = 0
  let isOver = false
  incoming.on('data', (chunk: Uint8Array) => {
    if (isOver) return
    size += chunk.length
    if (size <= bytesMax) {
      chunks.push(chunk)
      return
    }
    isOver = true
    chunks.length = 0
    receiver.onBodyRefused(bodyTooLarge(bytesMax))
  })
  incoming.on('end', () => {
    if (!isOver) receiver.onBody(joined(chunks))
  })
  incoming.on('error', () => receiver.onClientGone())
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks
  return first && chunks.length === 1 ? first : Buffer.concat(chunks)
}

function bodyTooLarge(bytesMax: number): DureError {
  return new DureError(
    'HTTP_BODY_TOO_LARGE',
    `The body is larger than the ${bytesMax} bytes that are accepted here. Send less at once.`,
    { details: { bytesMax } },
  )
}
