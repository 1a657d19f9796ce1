import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import type { WorldCase } from '../../src/simulate/index.ts'
import type { CorpusFile } from '../../src/simulate/search/corpus.ts'
import { changedShop } from './changed-shop.ts'
import { createPlayground, runDure } from './dure.ts'

const shop = 'test/simulate/shop-scenario.ts'
const broken = 'test/simulate/broken-shop.ts'

const playground = createPlayground()
after(() => playground[Symbol.dispose]())
const write = (name: string, changed: string): string => changedShop(playground, name, changed)

function textOfViolation(output: string): string {
  const found = /\d+ orders were placed, and one is not known of/.exec(output)
  assert.ok(found, output)
  return found[0]
}

/** The lines of a story that have a step and a time. */
function storyOf(output: string): readonly string[] {
  return output.split('\n').filter((line) => /^ +\d+ +\d+\.\d+ s /.test(line))
}

describe('dure simulate', () => {
  it('says before it searches that a result cannot be written', async () => {
    for (const option of ['--corpus', '--svg', '--mermaid', '--regression']) {
      const asked = ['simulate', shop, '--seeds', '2', option, playground.path('no/such/file')]
      const { code, stdout, stderr } = await runDure(asked)

      assert.equal(stdout, '')
      assert.match(stderr, /no\/such\/file" cannot be written/)
      assert.notEqual(code, 0)
    }
  })

  it('runs worlds on several threads, and says what was done', async () => {
    const { code, stdout } = await runDure([
      'simulate',
      shop,
      '--seeds',
      '40',
      '--workers',
      '2',
      '--coverage',
    ])

    assert.equal(code, 0, stdout)
    assert.match(stdout, /^shop: 40 worlds in \d+\.\d s \(\d+\/s\), 1 of them run twice\.$/m)
    assert.match(stdout, /^PASSED$/m)
    assert.match(stdout, /^ {2}steps of sagas +3 of 3 +100 %$/m)
  })

  it('gives a report that does not depend on the number of threads', async () => {
    const reports = await Promise.all(
      ['1', '3'].map(async (workers) => {
        const args = ['simulate', shop, '--seeds', '30', '--from', '5', '--workers', workers]
        const { stdout } = await runDure([...args, '--json'])
        // Why the cast: it is the report.
        const { seconds: _, ...report } = JSON.parse(stdout) as Record<string, unknown>
        return report
      }),
    )

    assert.deepEqual(reports[0], reports[1])
    assert.deepEqual([reports[0]?.['verdict'], reports[0]?.['worlds']], ['passed', 30])
  })

  it('ends with 1 when something does not hold, and gives the command that shows it again', async () => {
    const args = ['simulate', broken, '--scenario', 'broken shop', '--seeds', '40', '--no-shrink']
    const { code, stdout } = await runDure(args)
    const [, command = ''] = /^ {2}dure (simulate .*--seed \d+)$/m.exec(stdout) ?? []
    const words = [...command.matchAll(/(?<=')[^' ][^']*(?=')|[^\s']+(?=\s|$)/g)].map(String)
    const [one, other] = await Promise.all([runDure(words), runDure(words)])

    assert.equal(code, 1)
    assert.match(stdout, /^FAILED$/m)
    const text = textOfViolation(stdout)
    assert.deepEqual([one.code, textOfViolation(one.stdout)], [1, text])
    assert.equal(one.stdout, other.stdout)
  })

  it('makes a violation small, tells it, draws it, and writes a test of it', async () => {
    const [svg, mermaid] = [playground.path('story.svg'), playground.path('story.mmd')]
    const regression = playground.path('story.test.ts')
    const files = ['--svg', svg, '--mermaid', mermaid, '--regression', regression]
    const args = ['simulate', broken, '--scenario', 'broken shop', '--seeds', '40', ...files]
    const { code, stdout } = await runDure(args)
    const [, json = ''] = /--world '(.*)'$/m.exec(stdout) ?? []
    const again = await runDure(['simulate', broken, '--scenario', 'broken shop', '--world', json])

    assert.equal(code, 1)
    assert.match(stdout, /FAULT answer lost|FAULT call lost|dies/)
    const { actions, faults } = JSON.parse(json) as WorldCase
    assert.ok((actions ?? []).length <= 2 && (faults ?? []).length <= 2, json)
    assert.deepEqual([again.code, storyOf(again.stdout)], [1, storyOf(stdout)])
    assert.match(readFileSync(svg, 'utf8'), /^<svg[^]*FAULT|^<svg[^]*lost/)
    assert.match(readFileSync(mermaid, 'utf8'), /^sequenceDiagram\n/)
    assert.match(
      readFileSync(regression, 'utf8'),
      /import \{ brokenShop \} from '.*broken-shop\.ts'/,
    )
  })

  it('writes no test of a world in which nothing is wrong', async () => {
    const file = playground.path('nothing.test.ts')
    const args = ['simulate', shop, '--seed', '1', '--regression', file]
    const { code, stdout, stderr } = await runDure(args)

    assert.equal(code, 2)
    assert.match(stderr, /There is nothing to write a test of: .* in seed 1\. Name a world that/)
    assert.deepEqual([stdout, existsSync(file)], ['', false])
  })

  it('stops a world at a step', async () => {
    const { code, stdout } = await runDure([
      'simulate',
      shop,
      '--seed',
      '3',
      '--until',
      '30',
      '--json',
    ])

    // Why the cast: it is the result of a world.
    const { end, steps } = JSON.parse(stdout) as { readonly end: string; readonly steps: number }
    assert.deepEqual([code, end, steps], [0, 'stopped', 30])
  })

  it('ends with 3 when worlds were run that can show nothing', async () => {
    const args = ['simulate', broken, '--scenario', 'calm shop', '--seeds', '8']
    const { code, stdout } = await runDure(args)

    assert.equal(code, 3)
    assert.match(
      stdout,
      /^INVALID: this has shown nothing\n {2}Faults were asked for and did not strike/m,
    )
  })

  it('ends with 3 when a world is not the same twice', async () => {
    const file = write(
      'unsteady.ts',
      'actions: [action("wait", ((times) => (client) => client.pause((times += 1)))(0))]',
    )

    const { code, stdout } = await runDure(['simulate', file, '--seeds', '4'])

    assert.equal(code, 3, stdout)
    assert.match(stdout, /^BROKEN: .*\n {2}Seed \d+ gave two different runs/m)
  })

  it('finds code that reads the clock of the machine, and says where', async () => {
    const file = write(
      'ambient.ts',
      'actions: [action("wait", (client) => client.pause(performance.now()))]',
    )

    const { code, stdout } = await runDure(['simulate', file, '--seeds', '2'])

    assert.equal(code, 1, stdout)
    assert.match(
      stdout,
      /"nothing ambient" does not hold .*performance\.now\(\) .*ambient\.ts:\d+:\d+/,
    )
  })

  it('goes on where a corpus ends, and mutates what is in it', async () => {
    const corpus = playground.path('corpus.json')
    const args = ['simulate', shop, '--seeds', '40', '--corpus', corpus, '--workers', '1']
    const read = (): CorpusFile => JSON.parse(readFileSync(corpus, 'utf8')) as CorpusFile

    await runDure(args)
    const first = read()
    const { code, stdout } = await runDure(args)
    const second = read()

    assert.equal(code, 0, stdout)
    assert.ok(first.nextSeed > 20 && first.nextSeed < 41, `${first.nextSeed}`)
    assert.ok(second.nextSeed > first.nextSeed + 20)
    assert.ok(second.worlds.length >= first.worlds.length)
    assert.ok(second.worlds.some(({ world }) => world.faultSeed !== undefined))
  })

  it('tells a program of one world, whatever the scenario prints', async () => {
    const file = write(
      'loud-world.ts',
      "actions: [action('shout', async () => { console.log('hello'); process.stdout.write('there') })]",
    )

    const { stdout, stderr } = await runDure(['simulate', file, '--seed', '2', '--json'])

    assert.equal((JSON.parse(stdout) as { readonly end: string }).end, 'rest')
    assert.match(stderr, /hello[^]*there/)
  })

  it('takes no part of a corpus in which something is not usable', async () => {
    const corpus = playground.path('bad-corpus.json')
    const worlds = [
      { world: { seed: 1 }, marks: ['a'] },
      { world: { seed: 1, actions: 5 }, marks: ['b'] },
    ]
    const text = JSON.stringify({ format: 1, scenario: 'shop', nextSeed: 3, worlds })
    writeFileSync(corpus, text)

    const args = ['simulate', shop, '--seeds', '4', '--corpus', corpus]
    const { code, stdout, stderr } = await runDure(args)

    assert.deepEqual([code, stdout, readFileSync(corpus, 'utf8')], [1, '', text])
    assert.match(stderr, /bad-corpus\.json": Entry 2 of "worlds" is not usable: "world" is none/)
  })

  it('keeps what a scenario prints out of its own output', async () => {
    const file = write(
      'loud.ts',
      'prepare: async (client) => { console.log("hello"); await shopScenario.prepare(client) }',
    )

    const { stdout, stderr } = await runDure(['simulate', file, '--seeds', '2', '--json'])

    assert.match(stderr, /hello/)
    assert.doesNotMatch(stdout, /hello/)
  })

  const mistakes: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
    [['nothing.ts'], 1, /There is no file "nothing.ts"\. Name the file that exports a scenario/],
    [['test/systems/shop.ts'], 1, /does not give a scenario\. Write: export default scenario\(/],
    [[broken], 1, /gives several scenarios: broken shop, calm shop\. Choose one with --scenario/],
    [[broken, '--scenario', 'x'], 1, /has no scenario "x"\. It has: broken shop, calm shop/],
    [[shop, '--seeds', '0'], 2, /Write a whole number above 0/],
    [[shop, '--faults', 'gremlin'], 2, /"gremlin" is no fault\. Write "none"/],
    [[shop, '--seed', '1', '--seeds', '2'], 2, /cannot be used with option '--seed/],
    [[shop, '--until', '7'], 2, /name it with --seed or --world/],
    [[shop, '--world', '{}'], 2, /Write a world as a report gives it/],
    [[shop, '--world', '{"seed":1,"calm":"x"}'], 2, /Write a world as a report gives it/],
    [[shop, '--world', '{"seed":1,"actions":5}'], 2, /Write a world as a report gives it/],
    [[shop, '--world', '{"seed":1,"action":[5]}'], 2, /Write a world as a report gives it/],
    [[shop, '--workers', '9999'], 2, /Write a number up to 256/],
    [[shop, '--corpus', 'package.json'], 1, /"package.json": This is no corpus/],
  ]
  for (const [args, code, says] of mistakes) {
    it(`says what is wrong with: ${args.join(' ')}`, async () => {
      const ended = await runDure(['simulate', ...args])

      assert.equal(ended.code, code)
      assert.match(ended.stderr, says)
      assert.equal(ended.stdout, '')
    })
  }
})
