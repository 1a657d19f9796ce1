import type { SagaStory } from './saga-operations.ts'
import { layOutStory, type StoryRow } from './story-rows.ts'

/** Writes the story of an instance as a Mermaid sequence diagram (https://mermaid.js.org). */
export function renderStoryMermaid(story: SagaStory): string {
  const { services, rows } = layOutStory(story)
  const idOf = (service: string): string => `p${services.indexOf(service)}`
  const all = `${idOf(services[0] ?? '')},${idOf(services.at(-1) ?? '')}`
  const lines = [
    'sequenceDiagram',
    `  title ${escapeText(`${story.saga} ${story.key}: ${story.state.status}`)}`,
    ...services.map((service) => `  participant ${idOf(service)} as ${escapeText(service)}`),
    ...rows.map((row) => `  ${renderRow(row, idOf, services.length === 1 ? 'p0' : all)}`),
  ]
  return `${lines.join('\n')}\n`
}

function renderRow(row: StoryRow, idOf: (service: string) => string, all: string): string {
  const text = escapeText(row.text)
  if (row.kind === 'band') return `Note over ${all}: ${text}`
  if (row.kind === 'note') return `Note over ${idOf(row.at)}: ${text}`
  const line = row.isReply ? '--' : '-'
  return `${idOf(row.from)}${line}${row.tone === 'bad' ? 'x' : '>>'}${idOf(row.to)}: ${text}`
}

/** Signs that Mermaid would read as its own, as its numeric entities. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/[#;<>"{}]/g, (sign) => `#${sign.codePointAt(0)};`)
}
