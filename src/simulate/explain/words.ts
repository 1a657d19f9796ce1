// What happened, in words: for readers who know their system, and nothing of the simulator.
import { episodeFaults, pointFaults } from '../faults/catalogue.ts'
import type { Happening } from '../world/story.ts'
import type { WorldResult, WorldCase } from '../world/world-result.ts'

/** Characters of data and details that are shown. */
const detailMax = 90

const summaries: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ ...pointFaults, ...episodeFaults }).map(([kind, { summary }]) => [
    kind,
    summary,
  ]),
)

/** Says in a sentence what happened. */
export function describeHappening(happening: Happening): string {
  return sentences[happening.kind](happening)
}

const sentences: Readonly<Record<Happening['kind'], (happening: Happening) => string>> = {
  call: ({ from, to, text, detail }) => `${from} calls ${to}: ${text}${data(detail)}`,
  answer: ({ from, to, text, detail }) =>
    isUnheard(text)
      ? `${to} ${unheard(text)}`
      : `${who(from)} answers ${to}: ${text}${detail === undefined ? '' : ` (${cut(detail, detailMax)})`}`,
  commit: ({ from, to, text }) =>
    `${to} commits ${countRepeats(text)}${from === to || isOnly(from) ? '' : ` in ${from}`}`,
  message: ({ from, to, text, detail }) =>
    to === 'broker'
      ? `${from} publishes ${text}`
      : `${who(to ?? '')} is given ${text}${detail === undefined ? '' : ` (${detail})`}`,
  process: ({ from, text }) => `${who(from)} ${text}`,
  fault: describeFault,
  report: ({ text }) => `reported: ${text}`,
  violation: ({ text }) => `VIOLATED ${text}`,
}

/** Where one process runs everything, it has no name of its own. */
function isOnly(process: string): boolean {
  return process === 'process'
}

function who(name: string): string {
  return isOnly(name) ? 'the process' : name
}

/** The time at which the faults end is told as one of them. */
export function isCalm({ kind, from }: Happening): boolean {
  return kind === 'fault' && from === 'world'
}

/** Whether a caller was told nothing of what became of its call. */
export function isUnheard(text: string): boolean {
  return text.startsWith('nothing') || text.endsWith(': unknown')
}

/** What a caller does that was told nothing. */
export function unheard(text: string): string {
  return text.startsWith('nothing')
    ? 'hears nothing, and gives up'
    : 'does not learn what came of it'
}

function describeFault(happening: Happening): string {
  const { from, text } = happening
  if (isCalm(happening)) return `From here on ${text}.`
  const lasts = lastsOf(happening)
  return `FAULT ${text} at ${from}${lasts}: ${summaries[text] ?? ''}`
}

/** How long a fault lasts: ` for 2.5 s`; nothing for one that happens at once. */
export function lastsOf({ detail }: Happening): string {
  const lastsMs = Number(/^for (\d+) ms$/.exec(detail ?? '')?.[1])
  return lastsMs > 0 ? ` for ${duration(lastsMs)}` : ''
}

/** What the catalogue says of a fault. */
export function summaryOf(kind: string): string {
  return summaries[kind] ?? ''
}

function data(detail: string | undefined): string {
  return detail === undefined || detail === '{}' ? '' : ` ${cut(detail, detailMax)}`
}

/** `a, a, b` as `a (2 times), b`. */
export function countRepeats(text: string): string {
  const counts = new Map<string, number>()
  for (const name of text.split(', ')) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .map(([name, count]) => (count > 1 ? `${name} (${count} times)` : name))
    .join(', ')
}

/** At most so many characters; the last one says that there were more. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}

/** Milliseconds as seconds of the world: `12.3450 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(4)} s`
}

/** A duration in words: `12 ms`, `7.2 s`. */
function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

/** `1 fault`, `2 faults`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** How the system was cut into processes. */
export function describeShape({ shape }: WorldResult): string {
  const { processes, partitions, hasBroker } = shape
  const [first] = processes
  const runs =
    processes.length === 1
      ? `One process runs ${first?.services.join(', ')}.`
      : `${processes.length} processes run: ${processes.map(describeProcess).join('; ')}.`
  const broker = hasBroker ? ' A broker carries their messages.' : ''
  return `${runs}${broker}${partitions > 1 ? ` Each log has ${partitions} partitions.` : ''}`
}

function describeProcess({ name, services }: WorldResult['shape']['processes'][number]): string {
  return services.length === 1 && services[0] === name ? name : `${name} (${services.join(', ')})`
}

/** Names a case in one line: its seed, and whether something was taken away. */
export function nameWorld({ seed, ...taken }: WorldCase): string {
  return Object.keys(taken).length === 0 ? `seed ${seed}` : `seed ${seed}, made smaller`
}

/** A text without line ends, to stand in a comment or a name. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
