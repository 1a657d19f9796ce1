// Pictures are drawn where no font can be asked. The widths are those of DejaVu Sans, the widest of the fonts that
// `system-ui` usually means: text that fits by this table fits everywhere.

/** Widths of the printable ASCII characters from the space on, in thousandths of the size of the font. */
const plainWidths: readonly number[] = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
  636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
  575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
  611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
  278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
]

const boldWidths: readonly number[] = [
  348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
  696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
  683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
  724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
  343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
]

const otherWidth = 1_000
const firstCode = 32

export interface Font {
  readonly size: number
  readonly isBold?: boolean
}

/** How wide a line of text is at most, in the units of the font's size. */
export function textWidth(text: string, { size, isBold = false }: Font): number {
  const widths = isBold ? boldWidths : plainWidths
  let sum = 0
  for (const character of text) {
    sum += widths[(character.codePointAt(0) ?? 0) - firstCode] ?? otherWidth
  }
  return (sum * size) / 1_000
}

/** The widest of several lines. */
export function textsWidth(lines: readonly string[], font: Font): number {
  return Math.max(0, ...lines.map((line) => textWidth(line, font)))
}

/** At most `linesMax` lines: the last one says how many others there are. */
export function shorten(lines: readonly string[], linesMax: number): readonly string[] {
  if (lines.length <= linesMax) return lines
  return [...lines.slice(0, linesMax - 1), `+ ${lines.length - linesMax + 1} more`]
}
