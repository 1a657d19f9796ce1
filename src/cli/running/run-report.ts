import { onOneLine, styleNote } from '../terminal.ts'

/** What a running system, or its gateway, tells about itself. */
export interface RunReport {
  readonly level: 'info' | 'warn' | 'error'
  readonly service?: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

const colors = { info: 'blue', warn: 'yellow', error: 'red' } as const

/** One line for people: when, how bad, who, what. */
export function renderReport({ level, service, message }: RunReport): string {
  const time = new Date().toISOString().slice(11, 19)
  const who = service === undefined ? '' : `${service}: `
  return `${styleNote('dim', time)} ${styleNote(colors[level], level.padEnd(5))} ${who}${onOneLine(message)}`
}
