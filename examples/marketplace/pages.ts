/** Documents are read in pages of this size. */
export const documentsPage = 10_000

interface Page {
  readonly limit: number
  readonly after?: string
}

/** Reads page after page. Up to one page, the documents are of one instant. */
export async function readPages<Doc>(
  read: (page: Page) => Promise<readonly { readonly key: string; readonly document: Doc }[]>,
): Promise<Doc[]> {
  const first = await read({ limit: documentsPage })
  const documents = first.map(({ document }) => document)
  let last = first
  while (last.length === documentsPage) {
    last = await read({ limit: documentsPage, after: last.at(-1)?.key ?? '' })
    documents.push(...last.map(({ document }) => document))
  }
  return documents
}
