// What a sequence diagram needs besides the style of all pictures: lifelines, faults, and the violation.

interface Theme {
  readonly line: string
  readonly fault: string
  readonly faultBox: string
  readonly banner: string
  readonly bannerText: string
  readonly commit: string
  readonly commitBorder: string
  readonly commitText: string
}

const light: Theme = {
  line: '#94a3b8',
  fault: '#b91c1c',
  faultBox: '#fee2e2',
  banner: '#b91c1c',
  bannerText: '#ffffff',
  commit: '#ecfdf5',
  commitBorder: '#2b7a3b',
  commitText: '#14532d',
}

const dark: Theme = {
  line: '#5b6b84',
  fault: '#ff8f8f',
  faultBox: '#4c1217',
  banner: '#b3261e',
  bannerText: '#ffffff',
  commit: '#10301f',
  commitBorder: '#7ddc8f',
  commitText: '#c9f2d2',
}

/** The rules of a sequence diagram, light and dark. */
export const sequenceStyles = `
.life{stroke-width:1.4;fill:none}.dead{stroke-dasharray:1 6}.reply{stroke-dasharray:5 3}.strong{font-weight:700}
.time{font-size:10px;font-variant-numeric:tabular-nums}.cross{stroke-width:3;fill:none}.rule{stroke-dasharray:3 4}
${rulesOf(light)}
@media(prefers-color-scheme:dark){
${rulesOf(dark)}
}`

function rulesOf(theme: Theme): string {
  return [
    `.life{stroke:${theme.line}}.back{fill:${theme.commitBorder}}`,
    `.fault-box{fill:${theme.faultBox};stroke:${theme.fault}}.fault-text{fill:${theme.fault}}.cross{stroke:${theme.fault}}`,
    `.banner{fill:${theme.banner}}.banner-text{fill:${theme.bannerText}}`,
    `.commit{fill:${theme.commit};stroke:${theme.commitBorder}}.commit-text{fill:${theme.commitText}}`,
  ].join('\n')
}
