// Reads a manifest that was written earlier: by `dure graph --format json`, of this or another version of Dure.
import { DureError, messageOf } from '../../language/errors.ts'
import type { Manifest } from '../manifest.ts'

const format: Manifest['format'] = 1

/**
 * Reads the text of a manifest. `where` names it in errors.
 *
 * @throws `MANIFEST_INVALID` when it is none, `MANIFEST_NEWER` when a newer Dure wrote it.
 */
export function readManifest(text: string, where: string): Manifest {
  const value = parse(text, where)
  if (!isObject(value) || typeof value['format'] !== 'number')
    throw invalid(where, 'it has no format')
  if (value['format'] > format) {
    throw new DureError(
      'MANIFEST_NEWER',
      `"${where}" has format ${value['format']}, and this Dure reads format ${format}. Compare with the Dure that wrote it, or a newer one.`,
      { details: { format: value['format'] } },
    )
  }
  const wrong = whyNoManifest(value)
  if (wrong !== undefined) throw invalid(where, wrong)
  // Why the cast: every part that is read here was just looked at.
  return value as unknown as Manifest
}

type Loose = Readonly<Record<string, unknown>>

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw invalid(where, `it is no JSON (${messageOf(thrown)})`)
  }
}

function invalid(where: string, why: string): DureError {
  return new DureError(
    'MANIFEST_INVALID',
    `"${where}" is no manifest of a system: ${why}. Write one with: dure graph system.ts --format json --out ${where}`,
  )
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function whyNoManifest({ system, services, sagas }: Loose): string | undefined {
  if (typeof system !== 'string') return 'it names no system'
  if (!isList(services, isNamed)) return 'its services are no list of services'
  return isList(sagas, isSaga) ? undefined : 'its sagas are no list of sagas'
}

function isList(value: unknown, isOne: (each: Loose) => boolean): boolean {
  return Array.isArray(value) && value.every((each) => isObject(each) && isOne(each))
}

function isNamed({ name }: Loose): boolean {
  return typeof name === 'string'
}

function isSaga(saga: Loose): boolean {
  const { by, style, earlier = [] } = saga
  const isPlaced = isNamed(saga) && typeof by === 'string' && typeof style === 'string'
  return isPlaced && isPlan(saga) && isList(earlier, isPlan)
}

function isPlan({ version, nodes, code = {} }: Loose): boolean {
  return typeof version === 'number' && isList(nodes, isNode) && isObject(code)
}

function isNode(node: Loose): boolean {
  if (!isNamed(node)) return false
  switch (node['node']) {
    case 'step':
    case 'each':
      return typeof node['command'] === 'string' && typeof node['phase'] === 'string'
    case 'parallel':
    case 'choice':
      return isList(node['branches'], (way) => isNamed(way) && isList(way['nodes'], isNode))
    case 'ensure':
      return true
    default:
      return false
  }
}
