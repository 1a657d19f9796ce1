import { errorCatalogue } from '../../src/language/errors.ts'
import { renderErrorsPage } from './errors-page.ts'

export interface GeneratedPage {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

/** Renders every page that is derived from the source. The same source always gives the same pages. */
export function renderPages(): readonly GeneratedPage[] {
  return [{ path: 'docs/reference/errors.md', text: renderErrorsPage(errorCatalogue) }]
}
