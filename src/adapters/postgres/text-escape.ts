// Texts as Postgres takes them: it keeps no U+0000. U+0000 and U+0001 are written as U+0001 followed by U+0001 or
// U+0002. Nothing else changes, and texts stay in their order: what begins with an escape sorts before U+0002.

/** The text as it is kept. */
export function escapeText(text: string): string {
  if (!text.includes('\u0000') && !text.includes('\u0001')) return text
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\u0000', '\u0001\u0001')
}

/** The text that was kept. */
export function unescapeText(text: string): string {
  if (!text.includes('\u0001')) return text
  // Trap: the other way round, the second half of an escape would be taken for the first of another one.
  return text.replaceAll('\u0001\u0001', '\u0000').replaceAll('\u0001\u0002', '\u0001')
}
