import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseOptions, renderHelp } from './options.ts'
import { steps } from './steps.ts'

function namesFor(...args: readonly string[]): readonly string[] {
  const asked = parseOptions(args, steps)
  return asked.kind === 'run' ? asked.steps.map(({ name }) => name) : []
}

describe('options', () => {
  it('choose the quick steps, all of them, or one', () => {
    assert.deepEqual(namesFor('check'), ['format', 'lint', 'types', 'architecture', 'unit'])
    assert.deepEqual(namesFor(), namesFor('check'))
    assert.equal(namesFor('all').length, steps.length)
    assert.deepEqual(namesFor('unit', 'src/log'), ['unit'])
  })

  it('give help instead of guessing', () => {
    assert.deepEqual(parseOptions(['--help'], steps), { kind: 'help' })
    assert.match(JSON.stringify(parseOptions(['units'], steps)), /There is no step/)
    assert.match(JSON.stringify(parseOptions(['unit', '--watch'], steps)), /There is no option/)
  })

  it('list every step in the help', () => {
    for (const { name } of steps) assert.ok(renderHelp(steps).includes(name))
  })
})
