import type { ErrorEntry } from './errors.ts'

/** Failures of messages and of what carries them. */
export const messageErrors = {
  BROKER_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'The broker cannot be reached now, or did not answer.',
  },
  BROKER_UNSUITABLE: {
    kind: 'unsupported',
    retry: 'never',
    summary: 'What the broker has was made in a way that could lose messages, or is missing.',
  },
  MESSAGE_MALFORMED: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A message is not a readable CloudEvent of this system.',
  },
  MESSAGE_TOO_LARGE: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A message is larger than what the broker takes; its data did not arrive.',
  },
  MESSAGE_GAP: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'A broker skipped messages; the consumer asks again from its cursor.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>
