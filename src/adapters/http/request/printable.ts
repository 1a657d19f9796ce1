const shownCharsMax = 64

/** A text of a caller that may be shown: short, and without characters that a terminal or a page would act on. */
export function printable(text: string): string {
  return text.slice(0, shownCharsMax).replaceAll(/[^\x20-\x7e]|["<>&]/g, '?')
}
