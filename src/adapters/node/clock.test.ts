import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it, mock } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nodeClock } from './clock.ts'

describe('nodeClock', () => {
  it('runs many deferred tasks in one turn of the event loop', async () => {
    using clock = nodeClock()
    const setImmediateSpy = mock.method(globalThis, 'setImmediate')

    await new Promise<void>((resolve) => {
      for (let task = 0; task < 99; task += 1) clock.defer(() => undefined)
      clock.defer(resolve)
    })

    assert.equal(setImmediateSpy.mock.callCount(), 1)
    setImmediateSpy.mock.restore()
  })

  it('runs tasks whose delay is longer than a timeout of Node can be', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const performanceNow = mock.method(performance, 'now', () => 0)
    try {
      using clock = nodeClock()
      let runs = 0
      clock.after(2 ** 31 + 500, () => void (runs += 1))
      performanceNow.mock.mockImplementation(() => 2 ** 31 - 1)
      mock.timers.tick(2 ** 31 - 1)
      const runsEarly = runs

      performanceNow.mock.mockImplementation(() => 2 ** 31 + 500)
      mock.timers.tick(501)

      assert.equal(runsEarly, 0)
      assert.equal(runs, 1)
    } finally {
      performanceNow.mock.restore()
      mock.timers.reset()
    }
  })

  it('keeps the process alive while a task waits, and lets it end once it is disposed', () => {
    const program = (dispose: string): string => `
      import { nodeClock } from ${JSON.stringify(import.meta.resolve('./clock.ts'))}
      const clock = nodeClock()
      clock.after(30, () => console.log('ran'))
      clock.defer(() => console.log('turned'))
      ${dispose}`

    const waiting = runModule(program(''))
    const disposed = runModule(
      program('clock[Symbol.dispose](); clock.after(0, () => console.log("late"))'),
    )

    assert.equal(waiting, 'turned\nran\n')
    assert.equal(disposed, '')
  })

  it('lets the process end though a beat waits', () => {
    const output = runModule(`
      import { nodeClock } from ${JSON.stringify(import.meta.resolve('./clock.ts'))}
      nodeClock().beat(5_000, () => console.log('late'))
      console.log('done')`)

    assert.equal(output, 'done\n')
  })

  it('runs the tasks beside one that throws, and does not hide what it threw', () => {
    const output = runModule(`
      import { nodeClock } from ${JSON.stringify(import.meta.resolve('./clock.ts'))}
      process.on('uncaughtException', (thrown) => console.log(thrown.message))
      const clock = nodeClock()
      clock.defer(() => { throw new RangeError('broken') })
      clock.defer(() => console.log('beside'))`)

    assert.equal(output, 'broken\nbeside\n')
  })
})

function runModule(source: string): string {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(run.status, 0, run.stderr)
  return run.stdout
}
