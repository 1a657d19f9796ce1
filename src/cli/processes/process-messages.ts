// What the supervisor and the processes of a system tell each other, over the channel that Node gives a child.
import type { PeerAddresses } from '../../calls/directory.ts'

export type ToMember =
  /** The word to start, with what cannot be known before. */
  | { readonly kind: 'start'; readonly secret: string; readonly addresses: PeerAddresses }
  /** Where all services are now. */
  | { readonly kind: 'addresses'; readonly addresses: PeerAddresses }
  /** A connection to the gateway; the socket comes with it. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'stop' }

export type FromMember =
  /** The code is loaded, and the word to start is waited for. */
  | { readonly kind: 'loaded' }
  /** Others can ask there. */
  | { readonly kind: 'listening'; readonly address: string }
  /** Its services run; a gateway takes connections. */
  | { readonly kind: 'ready' }
  /** How busy it is: the share of the time in which its event loop worked, from 0 to 1. */
  | { readonly kind: 'busy'; readonly share: number }
