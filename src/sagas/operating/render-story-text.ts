import type { SagaStory } from './saga-operations.ts'
import { layOutStory, renderAfter, type StoryRow } from './story-rows.ts'

/** One line: how it is, who keeps it, how long it took. */
export function summarizeStory({ by, state, waits, unseen }: SagaStory): string {
  const { status, startedAtMs, endedAtMs, failure, refusal } = state
  const why = status === 'parked' ? refusal : failure
  return [
    why ? `${status} (${why.step}: ${why.rejected})` : status,
    `kept by ${by}`,
    ...(endedAtMs === undefined ? [] : [`took ${renderAfter(endedAtMs - startedAtMs).slice(1)}`]),
    ...(waits.length === 0 ? [] : [`waits for ${waits.map(({ service }) => service).join(', ')}`]),
    ...(unseen.length === 0 ? [] : [`not looked at: ${unseen.join(', ')}`]),
  ].join(', ')
}

/** The whole story in sentences, for readers who do not see the picture. */
export function describeStory(story: SagaStory): string {
  const { rows } = layOutStory(story)
  const head = `Instance ${story.key} of saga ${story.saga}: ${summarizeStory(story)}.`
  return [head, ...rows.map((row) => `${sayRow(row)}.`)].join(' ')
}

/** One row in words: who, and what. */
export function sayRow(row: StoryRow): string {
  if (row.kind === 'band') return row.text
  if (row.kind === 'note') return `${row.at}: ${row.text}`
  return `${row.from} to ${row.to}: ${row.text}`
}
