import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCatalogue } from '../../src/language/errors.ts'
import { readRepository, root } from '../../test/architecture/repository/files.ts'
import { renderErrorsPage } from './errors-page.ts'
import { fillLayers, renderLayers } from './layers-picture.ts'
import { renderPortsPage } from './ports-page.ts'
import { renderPromisesPage } from './promises-page.ts'
import { fillSnippets } from './snippets.ts'

export interface GeneratedPage {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

/**
 * Renders every page that is derived from the source, whole or in parts: code in a page, and the picture of the
 * layers. The same source always gives the same pages.
 */
export function renderPages(): readonly GeneratedPage[] {
  const files = readRepository()
  const whole = [
    { path: 'docs/reference/errors.md', text: renderErrorsPage(errorCatalogue) },
    { path: 'docs/reference/ports.md', text: renderPortsPage(files) },
    { path: 'docs/reference/promises.md', text: renderPromisesPage(files) },
  ]
  const layers = renderLayers(isBuilt)
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  const filled = files
    .filter(({ path }) => path.endsWith('.md') && !whole.some((page) => page.path === path))
    .map(({ path, text }) => ({ path, text, next: fillLayers(fillSnippets(text, read), layers) }))
    .filter(({ text, next }) => text !== next || isFilled(text))
    .map(({ path, next }) => ({ path, text: next }))
  return [...whole, ...filled]
}

function isFilled(text: string): boolean {
  return /^<!-- generated: |^```[a-z]+ [\w./-]+\.\w+/m.test(text)
}

/** Whether a folder of `src` holds TypeScript. */
function isBuilt(folder: string): boolean {
  return existsSync(join(root, folder)) && globSync(`${folder}/**/*.ts`, { cwd: root }).length > 0
}
