import type { BatchTally } from '../../simulate/search/tally.ts'
import { printNote } from '../terminal.ts'

export interface ProgressOptions {
  /** Worlds that shall be run; unknown when only the time is. */
  readonly worlds: number | undefined
  /** How long it shall take, in milliseconds; unknown when only the worlds are. */
  readonly durationMs: number | undefined
}

export interface Progress {
  tell(tally: BatchTally): void
  /** Takes the line away. */
  end(): void
}

/** How often a line is written anew on a terminal, and how often a further one elsewhere. */
const everyMs = { terminal: 200, elsewhere: 5_000 } as const

/** Shows how far a search is: one line that changes on a terminal, a line now and then elsewhere. */
export function showProgress(options: ProgressOptions): Progress {
  const startMs = performance.now()
  const { stderr } = process
  const stepMs = stderr.isTTY ? everyMs.terminal : everyMs.elsewhere
  let toldMs = startMs
  return {
    tell(tally) {
      const nowMs = performance.now()
      if (nowMs - toldMs < stepMs) return
      toldMs = nowMs
      const line = renderProgress(options, tally, nowMs - startMs)
      if (stderr.isTTY) stderr.write(`\r\u001B[2K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
      else printNote(line)
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\u001B[2K')
    },
  }
}

/** `1,200 of 10,000 seeds, 240/s, 37 s left, no violation`. */
export function renderProgress(
  { worlds, durationMs }: ProgressOptions,
  tally: Pick<BatchTally, 'worlds' | 'violated'>,
  spentMs: number,
): string {
  const perSecond = (tally.worlds / Math.max(1, spentMs)) * 1_000
  const ends = [
    worlds === undefined ? Infinity : ((worlds - tally.worlds) / perSecond) * 1_000,
    durationMs === undefined ? Infinity : durationMs - spentMs,
  ]
  const leftMs = Math.min(...ends)
  return [
    `${count(tally.worlds)}${worlds === undefined ? '' : ` of ${count(worlds)}`} seeds`,
    `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`,
    ...(Number.isFinite(leftMs) ? [`${renderLeft(leftMs)} left`] : []),
    tally.violated === 0 ? 'no violation' : `${tally.violated} violated`,
  ].join(', ')
}

function renderLeft(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000))
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
