import { resolve } from 'node:path'
import { DureError } from '../../language/errors.ts'
import type { Scenario } from '../../simulate/index.ts'
import { importModule } from '../loading/load-system.ts'

/**
 * Loads a scenario from a file: the one of this name; without a name the default export, or the only one.
 *
 * @throws `CLI_MODULE_INVALID` when there is no such file, it fails to load, or it does not give that scenario.
 */
export async function loadScenario(path: string, name?: string): Promise<Scenario> {
  const found = await importModule(path, resolve(path), 'the file that exports a scenario')
  const scenarios = [...new Set(Object.values(found).filter(isScenario))]
  const chosen = name === undefined ? preferred(found, scenarios) : findNamed(scenarios, name)
  if (chosen) return chosen
  throw new DureError('CLI_MODULE_INVALID', describeMiss(path, name, scenarios))
}

function preferred(
  found: Readonly<Record<string, unknown>>,
  scenarios: readonly Scenario[],
): Scenario | undefined {
  const byDefault = found['default']
  if (isScenario(byDefault)) return byDefault
  return scenarios.length === 1 ? scenarios[0] : undefined
}

function findNamed(scenarios: readonly Scenario[], name: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.name === name)
}

function describeMiss(
  path: string,
  name: string | undefined,
  scenarios: readonly Scenario[],
): string {
  const names = scenarios.map((scenario) => scenario.name).join(', ')
  if (scenarios.length === 0) {
    return `"${path}" does not give a scenario. Write: export default scenario('name', { system, actions: [...] }).`
  }
  return name === undefined
    ? `"${path}" gives several scenarios: ${names}. Choose one with --scenario.`
    : `"${path}" has no scenario "${name}". It has: ${names}.`
}

function isScenario(value: unknown): value is Scenario {
  if (typeof value !== 'object' || value === null) return false
  return 'kind' in value && value.kind === 'scenario' && 'actions' in value
}
