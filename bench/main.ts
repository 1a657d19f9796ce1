import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchmarks, tables } from './benchmarks.ts'
import { printTable } from './http/table.ts'
import type { Benchmark } from './suite/benchmark.ts'
import { describeMachine, foreignCoresMax, raisePriority, watchForeign } from './suite/machine.ts'
import { renderProfile } from './suite/render-profile.ts'
import { renderResults } from './suite/render-results.ts'
import { type CaseResult, runBenchmark, slugOf } from './suite/run-benchmark.ts'

const resultsFolder = join(import.meta.dirname, 'results')

const usage = `usage: npm run bench -- [names...] [--quick] [--profile] [--only TEXT] [--repetitions N]

Without names all are run. Results are written to bench/results as JSON.

${[...benchmarks, ...tables].map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n')}

  --quick           fewer and smaller runs: to see that everything works, not for figures
  --profile         says where the time goes, for each case, from a CPU profile of the last repetition
  --only TEXT       only cases whose name holds this text
  --repetitions N   how often each case is measured (3)
  --help            this text`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    repetitions: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
})

const names = [...benchmarks, ...tables].map(({ name }) => name)
const unknown = positionals.filter((name) => !names.includes(name))
const repetitions = values.quick ? 1 : Number(values.repetitions)
const isUsable = unknown.length === 0 && Number.isSafeInteger(repetitions) && repetitions > 0

if (values.help) console.log(usage)
else if (isUsable) await runAll(positionals.length > 0 ? positionals : names)
else {
  console.error(`${unknown.join(', ') || '--repetitions'}: not known, or not a number.\n\n${usage}`)
  process.exitCode = 2
}

async function runAll(chosen: readonly string[]): Promise<void> {
  mkdirSync(resultsFolder, { recursive: true })
  const priority = raisePriority() ? 'raised priority' : 'usual priority'
  console.log(`${describeMachine()}, ${priority}`)
  await warnWhenLoaded()
  for (const { name, summary, ...each } of benchmarks) {
    if (chosen.includes(name)) await measure(await each.load(), summary)
  }
  for (const each of tables) {
    if (!chosen.includes(each.name)) continue
    const table = await each.run()
    printTable(table)
    save(each.name, { table })
  }
}

async function warnWhenLoaded(): Promise<void> {
  const foreign = watchForeign()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const cores = foreign() ?? 0
  if (cores <= foreignCoresMax) return
  console.log(
    `WARNING: others keep ${cores.toFixed(1)} cores busy. Cases that were disturbed are marked with "!".`,
  )
}

async function measure(benchmark: Benchmark, summary: string): Promise<void> {
  const profileFolder = join(resultsFolder, `profile-${benchmark.name}`)
  const results = await runBenchmark(benchmark, {
    quick: values.quick,
    repetitions,
    only: values.only,
    resultsFolder,
    ...(values.profile ? { profileFolder } : {}),
    onProgress: (text) =>
      process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${text}` : `${text}\n`),
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  console.log(`\n${renderResults(`${benchmark.name}: ${summary}`, results)}`)
  if (values.profile) printProfiles(profileFolder, results)
  save(benchmark.name, { results })
}

function printProfiles(folder: string, results: readonly CaseResult[]): void {
  for (const { name } of results) {
    console.log(`\nwhere the time of "${name}" goes`)
    console.log(renderProfile(join(folder, slugOf(name))))
  }
}

function save(name: string, found: object): void {
  const date = new Date().toISOString().slice(0, 10)
  const file = join(resultsFolder, `${date}-${name}.json`)
  const content = { name, machine: describeMachine(), quick: values.quick, ...found }
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`)
}
