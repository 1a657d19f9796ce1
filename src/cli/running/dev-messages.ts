// What `dure dev` and the process that runs the system say to each other. The system's process loads the code first
// and waits: only when that went well is the old process stopped, and then the new one starts.
//
//   child  -> loaded (files) | refused (files)
//   parent -> start (port)
//   child  -> ready (url)
//   parent -> stop

export type FromChild =
  | { readonly kind: 'loaded'; readonly files: readonly string[] }
  | { readonly kind: 'refused'; readonly files: readonly string[] }
  | { readonly kind: 'ready'; readonly url: string }

export type FromParent =
  /** `port`: where the system was before, if it was. */
  { readonly kind: 'start'; readonly port?: number } | { readonly kind: 'stop' }
