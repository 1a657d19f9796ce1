import { oneLine } from './words.ts'
import type { WorldCase } from '../world/world-result.ts'

export interface RegressionOptions {
  /** The scenario: how the module exports it, and from where, as the test file imports it. */
  readonly scenario: { readonly exportName: string; readonly module: string }
  readonly world: WorldCase
  /** What is violated. */
  readonly invariant: string
  /** What was said of it. */
  readonly text: string
}

/**
 * Writes a test file that runs a world again, and fails as long as anything is violated in it.
 *
 * It needs nothing but this package and the module of the scenario.
 */
export function renderRegression(options: RegressionOptions): string {
  const { scenario, world, invariant, text } = options
  const { exportName, module } = scenario
  const isDefault = exportName === 'default'
  const name = isDefault ? 'scenario' : exportName
  return [
    '// Written by the simulator. It fails as long as this happens:',
    `// ${oneLine(invariant)}: ${oneLine(text)}`,
    `import { test } from 'node:test'`,
    `import { replay } from 'dure/simulate'`,
    `import ${isDefault ? name : `{ ${name} }`} from ${quote(module)}`,
    '',
    `test(${quote(`${oneLine(invariant)} (seed ${world.seed})`)}, async () => {`,
    `  await replay(${name}, ${renderCase(world, '  ')})`,
    '})',
    '',
  ].join('\n')
}

/** A case as code: the object of its fields, one on each line. */
export function renderCase(world: WorldCase, indent = ''): string {
  const fields = Object.entries(world).map(
    ([field, value]: [string, unknown]) => `${indent}  ${field}: ${renderValue(value, indent)},`,
  )
  return `{\n${fields.join('\n')}\n${indent}}`
}

function renderValue(value: unknown, indent: string): string {
  if (typeof value === 'string') return quote(value)
  if (!Array.isArray(value)) return JSON.stringify(value)
  const items = value.map((item: unknown) => renderValue(item, indent))
  if (value.every((item) => typeof item === 'number')) return `[${items.join(', ')}]`
  return `[\n${items.map((item) => `${indent}    ${item},`).join('\n')}\n${indent}  ]`
}

/** A text as a literal in single quotes: the text of JSON, with the other sign. */
function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll(String.raw`\"`, '"').replaceAll("'", String.raw`\'`)}'`
}
