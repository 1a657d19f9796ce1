import { capabilities, technologies } from '../../test/architecture/map.ts'

const marked = /(?<=^<!-- generated: layers -->\n)```mermaid\n.*?^```$/gms

/** Draws the layers of `src` from the map that the architecture tests hold; rooms without files are named apart. */
export function renderLayers(isBuilt: (folder: string) => boolean): string {
  const rooms = [...capabilities].toSorted()
  const adapters = [...technologies].toSorted()
  const inRooms = (room: string): boolean => isBuilt(`src/${room}`)
  const inAdapters = (technology: string): boolean => isBuilt(`src/adapters/${technology}`)
  return [
    '```mermaid',
    'flowchart TD',
    '  compose["<b>cli</b> and <b>src/index.ts</b><br/>join capabilities and technologies"]',
    `  adapters["<b>adapters</b>: one folder per technology, none knows another<br/>${wordsOf(adapters, inAdapters)}"]`,
    `  capabilities["<b>capabilities</b>: logic and ports, no technology<br/>${wordsOf(rooms, inRooms)}"]`,
    '  language["<b>language</b>: frozen definitions<br/>imports nothing but itself"]',
    '  testing["<b>testing</b>: the promises of the ports<br/>imported by tests only"]',
    '  compose --> adapters',
    '  compose --> capabilities',
    '  adapters -->|implement ports of| capabilities',
    '  capabilities --> language',
    '  testing -.->|checks| adapters',
    '```',
  ].join('\n')
}

function wordsOf(names: readonly string[], isBuilt: (name: string) => boolean): string {
  const later = names.filter((name) => !isBuilt(name))
  const line = names.filter(isBuilt).join(', ')
  return later.length === 0 ? line : `${line}<br/><i>not there yet: ${later.join(', ')}</i>`
}

/** Writes the picture of the layers anew where the page has a place for it. */
export function fillLayers(page: string, picture: string): string {
  return page.replaceAll(marked, () => picture)
}
