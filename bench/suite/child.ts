// One repetition of one case, in a process of its own: nothing that another case did can warm or spoil it.
import assert from 'node:assert/strict'
import { benchmarks } from '../benchmarks.ts'
import { watchForeign } from './machine.ts'
import type { Repetition } from './run-case.ts'

const [name, caseName, folder, quick] = process.argv.slice(2)
const benchmark = await benchmarks.find((each) => each.name === name)?.load()
const measured = benchmark?.cases.find((each) => each.name === caseName)
assert.ok(measured && folder !== undefined, `no case "${caseName}" in benchmark "${name}"`)

const foreign = watchForeign()
const sample = await measured.run({ folder, quick: quick === 'quick' })
const repetition: Repetition = { sample, foreignCores: foreign() }
process.send?.(repetition, undefined, undefined, () => process.exit())
