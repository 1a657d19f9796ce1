// How a search ends that is interrupted, finds enough, or has a world that never ends.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startSearch } from '../../src/cli/simulating/search.ts'
import { searchWorlds } from '../../src/simulate/search/corpus.ts'
import { changedShop } from './changed-shop.ts'
import { createPlayground, runDure, startDure } from './dure.ts'

const shop = 'test/simulate/shop-scenario.ts'

const playground = createPlayground()
after(() => playground[Symbol.dispose]())
const write = (name: string, changed: string): string => changedShop(playground, name, changed)

/** Something that does not hold, and somebody who presses Ctrl-C in the third world that this thread runs. */
const interrupting = `invariants: [atEnd('tea', () => 'is out')],
  system: (() => {
    let worlds = 0
    return () => {
      worlds += 1
      if (isMainThread && worlds === 3) process.kill(process.pid, 'SIGINT')
      return shopScenario.system()
    }
  })()`

describe('dure simulate', () => {
  it('ends with a report and 130 when it is interrupted', async () => {
    const run = startDure(['simulate', shop, '--seeds', '1000000', '--workers', '2'])
    await run.until(/of 1,000,000 seeds/)
    run.child.kill('SIGINT')
    const { code, stdout } = await run.ended

    assert.equal(code, 130)
    assert.match(stdout, /^Interrupted\. .*\nshop: [\d,]+ worlds in/)
    assert.match(stdout, /^INTERRUPTED: .*\n {2}It was ended .* after \d+ of 1000000 worlds\./m)
    assert.doesNotMatch(stdout, /PASSED/)
  })

  it('has not passed for a program when it is interrupted', async () => {
    const run = startDure(['simulate', shop, '--seeds', '1000000', '--workers', '2', '--json'])
    await run.until(/of 1,000,000 seeds/)
    run.child.kill('SIGINT')
    const { code, stdout } = await run.ended

    // Why the cast: it is the report.
    const { verdict, isInterrupted } = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([code, verdict, isInterrupted], [130, 'interrupted', true])
  })

  it('tells what was found, and ends with 130, when it is interrupted while it makes that small', async () => {
    const file = write('ctrl-c.ts', interrupting)

    const { code, stdout, stderr } = await runDure(['simulate', file, '--seeds', '3'])

    assert.equal(code, 130, stdout)
    assert.match(stderr, /Found it in \d+ runs: .*; more might be taken away\./)
    assert.match(stdout, /^FAILED$/m)
    assert.match(stdout, /VIOLATED tea: is out/)
  })

  it('says that it ended early when enough was found', async () => {
    const file = write('bad.ts', "invariants: [atEnd('tea', () => 'is out')]")

    const args = ['simulate', file, '--seeds', '400', '--no-shrink', '--workers', '1']
    const { code, stdout } = await runDure(args)

    assert.equal(code, 1)
    assert.match(stdout, /It ended early, after \d\d of 400 worlds, as \d\d broke an invariant/)
  })

  it('says which seeds were lost when a thread dies, and passes nothing', async () => {
    const file = write(
      'deadly.ts',
      'actions: [action("die", async () => { await import("node:process").then((p) => p.exit(7)) })]',
    )

    const { code, stdout } = await runDure(['simulate', file, '--seeds', '4', '--workers', '1'])

    assert.equal(code, 3, stdout)
    assert.match(stdout, /A worker has died: It ended with 7\. It was running seeds 1 to 4\./)
  })
})

describe('a search', () => {
  it('ends when it is stopped, though a world never gives up its thread', async () => {
    const loop = `actions: [action('loop', async () => { for (;;) await null })]`
    const search = startSearch({
      path: write('endless.ts', loop),
      scenario: 'changed',
      faults: [],
      workers: 1,
      corpus: undefined,
      worlds: searchWorlds({ from: 1, count: 3 }).worlds,
      onProgress: () => undefined,
      graceMs: 100,
    })
    search.stop()
    const { tally, lost } = await search.ended

    assert.equal(tally.worlds, 0)
    assert.match(lost.join(), /^A world did not end, and was given up\. .*seeds 1 to 3\.$/)
  })

  it('gives up a world that never gives up its thread, and names it', async () => {
    const loop = `actions: [action('loop', async (client) => {
      for (;;) await (client.chance.happens(0.05) ? new Promise(() => {}) : client.pause(1))
    })], system: (() => {
      let worlds = 0
      return () => {
        worlds += 1
        while (worlds === 4);
        return shopScenario.system()
      }
    })()`
    const { ended } = startSearch({
      path: write('stuck.ts', loop),
      scenario: 'changed',
      faults: [],
      workers: 1,
      corpus: undefined,
      worlds: searchWorlds({ from: 1, count: 8 }).worlds,
      onProgress: () => undefined,
      silenceMs: 10_000,
    })
    const { lost } = await ended

    assert.match(lost.join(), /^Seed 3 did not end within 10 s, and was given up\. Look for a loop/)
  })
})
