import { renderStoryMermaid } from '../../sagas/operating/render-story-mermaid.ts'
import { renderStorySvg } from '../../sagas/operating/render-story-svg.ts'
import { sayRow, summarizeStory } from '../../sagas/operating/render-story-text.ts'
import type { SagaStory } from '../../sagas/operating/saga-operations.ts'
import {
  layOutStory,
  renderAfter,
  type StoryRow,
  type Tone,
} from '../../sagas/operating/story-rows.ts'
import { onOneLine, print, printNote, style } from '../terminal.ts'
import { writeOutput } from '../write-output.ts'

export interface ShowOptions {
  readonly data: string
  readonly json?: boolean
  readonly svg?: string
  readonly mermaid?: boolean
}

/** Shows the story of an instance as it was asked for. */
export function showStory(story: SagaStory, { json, svg, mermaid }: ShowOptions): void {
  if (svg !== undefined) {
    writeOutput(svg, renderStorySvg(story))
    printNote(`Wrote ${svg}.`)
  }
  if (json) print(JSON.stringify(story, null, 2))
  else if (mermaid) print(renderStoryMermaid(story).trimEnd())
  else if (svg === undefined) print(renderStory(story))
}

/** A timeline for people. */
export function renderStory(story: SagaStory): string {
  const { saga, key, state } = story
  const { rows } = layOutStory(story)
  const started = new Date(state.startedAtMs).toISOString()
  return [
    `${style('bold', `${saga} ${onOneLine(key)}`)} ${summarizeStory(story)}`,
    style('dim', `started ${started}`),
    '',
    ...rows.map(renderRow),
  ].join('\n')
}

const colors: Readonly<Record<Tone, Parameters<typeof style>[0]>> = {
  plain: 'reset',
  good: 'green',
  bad: 'red',
  undo: 'magenta',
  pivot: 'yellow',
  quiet: 'dim',
}

const timeWidth = 10

function renderRow(row: StoryRow): string {
  const time = (row.afterMs === undefined ? '' : renderAfter(row.afterMs)).padStart(timeWidth)
  return `${style('dim', time)}  ${style(colors[row.tone], onOneLine(sayRow(row)))}`
}
