// One style for all pictures. No CSS variables: programs that turn SVG into bitmaps often do not know them.

/** How many sagas have a colour of their own; the next one starts anew. */
const sagaColorsCount = 6

/** The class that gives a line (`stroke`) or a shape (`fill`) the colour of a saga. */
export function sagaClass(part: 'stroke' | 'fill', saga = 0): string {
  return `saga-${saga % sagaColorsCount}-${part}`
}

/** The number of each saga colour. */
export const sagaColorNumbers: readonly number[] = Array.from(
  { length: sagaColorsCount },
  (_, index) => index,
)

interface Theme {
  readonly ground: string
  readonly box: string
  readonly head: string
  readonly border: string
  readonly text: string
  readonly quiet: string
  readonly faint: string
  readonly event: string
  readonly wrong: string
  readonly pivot: string
  readonly undo: string
  /** Can be told apart from each other, also by most of the colour-blind. */
  readonly sagas: readonly string[]
}

const light: Theme = {
  ground: '#ffffff',
  box: '#f8fafc',
  head: '#e2e8f0',
  border: '#94a3b8',
  text: '#0f172a',
  quiet: '#475569',
  faint: '#94a3b8',
  event: '#1d4ed8',
  wrong: '#b91c1c',
  pivot: '#fef3c7',
  undo: '#fff1f2',
  sagas: ['#c2410c', '#6d28d9', '#0b7285', '#be185d', '#2b7a3b', '#856404'],
}

const dark: Theme = {
  ground: '#0d1420',
  box: '#151f30',
  head: '#24324a',
  border: '#5b6b84',
  text: '#e8eef7',
  quiet: '#a9b7cb',
  faint: '#6b7b94',
  event: '#7ab0ff',
  wrong: '#ff8f8f',
  pivot: '#4a3a10',
  undo: '#3a1d26',
  sagas: ['#ff9c5b', '#b79bff', '#56cfe1', '#ff8fc0', '#7ddc8f', '#e6c04d'],
}

/** The style sheet of every picture, light and dark. */
export const styleSheet = `text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:12px}
.title{font-size:18px;font-weight:700}.name{font-size:14px;font-weight:700}.label,.small{font-size:11px}
.line{fill:none;stroke-width:1.6}.box,.head,.inner{stroke-width:1.2}
.event{stroke-dasharray:7 4}.saga{stroke-width:2.2;stroke-dasharray:.1 5;stroke-linecap:round}
.thin{stroke-width:1.2}.driven{stroke-dasharray:4 3}
${themeRules(light)}
@media(prefers-color-scheme:dark){
${themeRules(dark)}
}`

function themeRules(theme: Theme): string {
  const sagas = theme.sagas.map(
    (color, index) =>
      `.${sagaClass('stroke', index)}{stroke:${color}}.${sagaClass('fill', index)}{fill:${color}}`,
  )
  return [
    `.ground{fill:${theme.ground}}.halo{fill:${theme.ground};fill-opacity:.85}`,
    `.box{fill:${theme.box};stroke:${theme.border}}.head{fill:${theme.head};stroke:${theme.border}}`,
    `.pivot{fill:${theme.pivot};stroke:${theme.border}}.undo{fill:${theme.undo};stroke:${theme.border}}`,
    `.driven{fill:none;stroke:${theme.border}}.group{fill:none;stroke:${theme.border};stroke-dasharray:2 3}`,
    `text{fill:${theme.text}}.quiet{fill:${theme.quiet}}.wrong{fill:${theme.wrong}}`,
    `.event-text{fill:${theme.event}}.thin-text{fill:${theme.quiet}}`,
    `.command{stroke:${theme.text}}.event{stroke:${theme.event}}.thin{stroke:${theme.faint}}`,
    `.tip{fill:${theme.text}}.tip-event{fill:${theme.event}}.tip-thin{fill:${theme.faint}}`,
    `.icon{fill:none;stroke:${theme.quiet};stroke-width:1.4}.icon-full{fill:${theme.quiet}}`,
    sagas.join(''),
  ].join('\n')
}
