import { resolve } from 'node:path'
import { DureError } from '../../language/errors.ts'
import type { FaultName, Scenario } from '../../simulate/index.ts'
import { importModule } from '../loading/load-system.ts'

export interface LoadedScenario {
  readonly scenario: Scenario
  /** Under which name the file exports it. */
  readonly exportName: string
}

/**
 * Loads a scenario from a file: the one of this name; without a name the default export, or the only one.
 *
 * @throws `CLI_MODULE_INVALID` when there is no such file, it fails to load, or it does not give that scenario.
 */
export async function loadScenario(path: string, name?: string): Promise<LoadedScenario> {
  const found = await importModule(path, resolve(path), 'the file that exports a scenario')
  const loaded = Object.entries(found).flatMap(([exportName, scenario]) =>
    isScenario(scenario) ? [{ exportName, scenario }] : [],
  )
  // A scenario that is exported twice, by its name and by default, is one.
  const scenarios = loaded.filter(
    ({ scenario }, index) => index === loaded.findIndex((each) => each.scenario === scenario),
  )
  const chosen = name === undefined ? preferred(loaded, scenarios) : findNamed(scenarios, name)
  if (chosen) return chosen
  throw new DureError('CLI_MODULE_INVALID', describeMiss(path, name, scenarios))
}

/** The scenario with other faults, where others were asked for. */
export function withFaults(scenario: Scenario, faults: readonly FaultName[] | undefined): Scenario {
  return faults ? { ...scenario, faults } : scenario
}

function preferred(
  loaded: readonly LoadedScenario[],
  scenarios: readonly LoadedScenario[],
): LoadedScenario | undefined {
  const byDefault = loaded.find(({ exportName }) => exportName === 'default')
  return byDefault ?? (scenarios.length === 1 ? scenarios[0] : undefined)
}

function findNamed(scenarios: readonly LoadedScenario[], name: string): LoadedScenario | undefined {
  return scenarios.find(({ scenario }) => scenario.name === name)
}

function describeMiss(
  path: string,
  name: string | undefined,
  scenarios: readonly LoadedScenario[],
): string {
  const names = scenarios.map(({ scenario }) => scenario.name).join(', ')
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
