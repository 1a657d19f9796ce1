// Reads the configuration as a whole: options before the environment, the environment before the file, the file before
// what is true without a word. Everything that is wrong is said at once, before anything is opened.
import { readFileSync } from 'node:fs'
import { DureError, messageOf } from '../../language/errors.ts'
import { Unreadable } from './read-setting.ts'
import { type Setting, type SettingName, type Settings, settings } from './settings.ts'

/** The file that is read when there is one and none is named. */
export const defaultConfig = 'dure.config.json'
/** Characters of a file of settings, or of one that holds a secret. */
export const configCharactersMax = 1_000_000

/** Where a value came from. */
export type SettingSource =
  | { readonly kind: 'option' }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'default' }

export interface ReadSettings {
  readonly values: Settings
  readonly sources: Readonly<Record<SettingName, SettingSource>>
}

export interface SettingsRequest {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The file; `dure.config.json` without it, which may miss. */
  readonly file?: string | undefined
  /** What was said on the command line. */
  readonly options?: { readonly [Name in SettingName]?: unknown }
}

/**
 * Reads all settings.
 *
 * @throws `CONFIG_INVALID` with everything that is wrong with them.
 */
export function readSettings(request: SettingsRequest): ReadSettings {
  const problems: string[] = []
  const file = readConfigFile(request.file, problems)
  const values: Record<string, unknown> = {}
  const sources: Record<string, SettingSource> = {}
  // Why the cast: these are the entries of that very object.
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const found = findGiven({ name, setting, request, file }, problems)
    const value = found ? setting.read(found.given) : setting.otherwise
    sources[name] = found?.source ?? { kind: 'default' }
    if (!(value instanceof Unreadable)) values[name] = value
    else if (found) problems.push(`${placeIn(name, found.source)} must be ${value.mustBe}`)
  }
  if (problems.length > 0) throw invalid(problems)
  // Why the casts: every setting was read by its own reader.
  return { values: values as Settings, sources: sources as ReadSettings['sources'] }
}

interface ConfigFile {
  readonly path: string
  readonly content: Readonly<Record<string, unknown>>
}

function readConfigFile(named: string | undefined, problems: string[]): ConfigFile | undefined {
  const path = named ?? defaultConfig
  const text = readText(path, named === undefined, problems)
  if (text === undefined) return undefined
  const content = parseObject(text)
  if (!content) {
    problems.push(`the file "${path}" must hold one JSON object`)
    return undefined
  }
  for (const name of Object.keys(content)) {
    if (Object.hasOwn(settings, name) || name === '$schema') continue
    problems.push(
      `"${name}" in ${path} is no setting; there are ${Object.keys(settings).join(', ')}`,
    )
  }
  return { path, content }
}

function readText(path: string, mayMiss: boolean, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
    if (!mayMiss || !isMissing)
      problems.push(`the file "${path}" cannot be read: ${messageOf(thrown)}`)
    return undefined
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > configCharactersMax) return undefined
  try {
    const found: unknown = JSON.parse(text)
    const isObject = typeof found === 'object' && found !== null && !Array.isArray(found)
    return isObject ? (found as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

interface Search {
  readonly name: SettingName
  readonly setting: Setting<unknown>
  readonly request: SettingsRequest
  readonly file: ConfigFile | undefined
}

interface Given {
  readonly given: unknown
  readonly source: SettingSource
}

function findGiven(search: Search, problems: string[]): Given | undefined {
  const { name, setting, request, file } = search
  const { variable } = setting
  const option = request.options?.[name]
  if (option !== undefined) return { given: option, source: { kind: 'option' } }
  const said = request.environment[variable]
  if (said !== undefined && said !== '')
    return { given: said, source: { kind: 'environment', variable } }
  if (setting.isSecret) return findSecret(search, problems)
  const kept = file?.content[name]
  if (file && kept !== undefined) return { given: kept, source: { kind: 'file', path: file.path } }
  return undefined
}

function findSecret(
  { name, setting, request, file }: Search,
  problems: string[],
): Given | undefined {
  if (file && Object.hasOwn(file.content, name)) {
    problems.push(
      `"${name}" in ${file.path} is a secret, and a file of settings is no place for it: set ${setting.variable}, or ${setting.variable}_FILE to the path of a file that holds it`,
    )
  }
  const variable = `${setting.variable}_FILE`
  const path = request.environment[variable]
  if (path === undefined || path === '') return undefined
  try {
    const given = readFileSync(path, 'utf8').slice(0, configCharactersMax).trim()
    return { given, source: { kind: 'environment', variable } }
  } catch (thrown) {
    problems.push(`the file that ${variable} names cannot be read: ${messageOf(thrown)}`)
    return undefined
  }
}

function placeIn(name: string, source: SettingSource): string {
  switch (source.kind) {
    case 'environment':
      return source.variable
    case 'file':
      return `"${name}" in ${source.path}`
    case 'option':
    case 'default':
      return `"${name}"`
  }
}

function invalid(problems: readonly string[]): DureError {
  return new DureError(
    'CONFIG_INVALID',
    `The configuration cannot be used: ${problems.join('; ')}.`,
    {
      details: { problems },
    },
  )
}
