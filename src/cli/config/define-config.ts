import { Command } from 'commander'
import { withExamples } from '../describe-command.ts'
import { configOption, jsonOption } from '../options.ts'
import { onOneLine, print, renderTable } from '../terminal.ts'
import { readSettings, type SettingSource } from './read-settings.ts'
import { type Setting, type SettingName, settings } from './settings.ts'

interface Options {
  readonly config?: string
  readonly json?: boolean
}

/** `dure config`: every setting, and where its value came from. */
export function defineConfig(): Command {
  const command = new Command('config')
    .summary('show every setting and where its value came from')
    .description(
      'Shows every setting, its value, and where that came from: the environment, the file, or what is true without a word. Secrets are not shown. Options of a command go before all of them.',
    )
    .addOption(configOption())
    .addOption(jsonOption())
    .action(showConfig)
  return withExamples(command, [
    { line: 'dure config', says: 'with dure.config.json, when there is one' },
    { line: 'dure config --config production.json', says: 'with another file' },
  ])
}

function showConfig({ config, json }: Options): void {
  const rows = describeSettings(config)
  if (json) print(JSON.stringify(rows, null, 2))
  else
    print(
      renderTable(
        ['SETTING', 'VALUE', 'FROM', 'WHAT IT IS'],
        rows.map(({ name, value, from, summary }) => [name, onOneLine(value), from, summary]),
      ),
    )
}

interface Row {
  readonly name: string
  readonly value: string
  readonly from: string
  readonly variable: string
  readonly summary: string
}

function describeSettings(file: string | undefined): readonly Row[] {
  const { values, sources } = readSettings({ environment: process.env, file })
  // Why the cast: these are the entries of that very object.
  return (Object.entries(settings) as [SettingName, Setting<unknown>][]).map(([name, setting]) => {
    const { variable, summary } = setting
    const value = shownValue(setting, values[name])
    return { name, value, from: sourceText(sources[name]), variable, summary }
  })
}

function shownValue({ isSecret }: Setting<unknown>, value: unknown): string {
  if (value === undefined) return '-'
  if (isSecret) return '(set)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function sourceText(source: SettingSource): string {
  switch (source.kind) {
    case 'environment':
      return source.variable
    case 'file':
      return source.path
    case 'option':
      return 'option'
    case 'default':
      return 'default'
  }
}
