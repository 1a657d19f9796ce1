// A reporter of node:test that writes one JSON line per finding, for test-step.ts to read. Counting from
// events and not from printed text keeps the totals right whatever a test prints.
import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

export type Finding =
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'failed'
      readonly name: string
      readonly file: string
      readonly error: string
    }
  | { readonly kind: 'skipped'; readonly name: string; readonly file: string }
  | { readonly kind: 'printed'; readonly file: string; readonly text: string }
  | { readonly kind: 'started'; readonly file: string }
  | { readonly kind: 'ended'; readonly file: string }

type Ended = Extract<TestEvent, { readonly type: 'test:pass' | 'test:fail' }>

/** Turns the events of a run into findings, one JSON line each. */
export default async function* reportFindings(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const path: string[] = []
  for await (const event of events) {
    if (event.type === 'test:start') path.splice(event.data.nesting, path.length, event.data.name)
    const finding = findingOf(event, path)
    if (finding !== undefined) yield `${JSON.stringify(finding)}\n`
  }
}

function findingOf(event: TestEvent, path: readonly string[]): Finding | undefined {
  switch (event.type) {
    case 'test:stdout':
    case 'test:stderr':
      return { kind: 'printed', file: resolve(event.data.file ?? ''), text: event.data.message }
    case 'test:enqueue':
      return isFile(event.data) ? { kind: 'started', file: fileOf(event.data) } : undefined
    case 'test:complete':
      return isFile(event.data) ? { kind: 'ended', file: fileOf(event.data) } : undefined
    case 'test:pass':
    case 'test:fail':
      return verdictOf(event, path)
    default:
      return undefined
  }
}

function verdictOf(event: Ended, path: readonly string[]): Finding | undefined {
  const { data } = event
  const name = [...path.slice(0, data.nesting), data.name].join(' > ')
  const reason = data.skip ?? data.todo
  if (reason !== undefined) {
    const because = typeof reason === 'string' ? `: ${reason}` : ''
    return { kind: 'skipped', name: `${name}${because}`, file: fileOf(data) }
  }
  if (event.type === 'test:pass') return passOf(event, name)
  const { error } = event.data.details
  const isSumOfOthers = 'failureType' in error && error.failureType === 'subtestsFailed'
  if (isSumOfOthers && data.details.type === 'suite') return undefined
  return { kind: 'failed', name, file: fileOf(data), error: isSumOfOthers ? '' : render(error) }
}

function passOf({ data }: Ended, name: string): Finding | undefined {
  if (data.details.type === 'suite') return undefined
  if (!isFile(data)) return { kind: 'passed' }
  return { kind: 'failed', name, file: fileOf(data), error: 'There is no test in this file.' }
}

/** Node reports a file as a test of its own, named after it, when it fails as a whole or holds no test. */
function isFile(data: { readonly name: string; readonly file?: string }): boolean {
  return data.file !== undefined && resolve(data.name) === data.file
}

function fileOf(data: { readonly file?: string }): string {
  return data.file ?? ''
}

function render(error: Error): string {
  const { cause } = error
  return typeof cause === 'string' ? cause : inspect(cause ?? error)
}
