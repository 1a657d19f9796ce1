import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderSequenceMermaid } from '../../../src/simulate/explain/render-sequence-mermaid.ts'
import { renderSequenceSvg } from '../../../src/simulate/explain/render-sequence-svg.ts'
import { renderStory } from '../../../src/simulate/explain/render-story.ts'
import type { Happening } from '../../../src/simulate/world/story.ts'
import type { WorldResult } from '../../../src/simulate/world/world-result.ts'
import {
  runViolated,
  shrinkToSeveralProcesses,
  violatedSeed,
  violatedSeeds,
} from './violated-shop.ts'

/** A world of three processes in which one dies. */
const { result: shrunk } = await shrinkToSeveralProcesses()
const whole = await runViolated({ seed: violatedSeed })
const scenario = 'shop'

function told(happenings: readonly Omit<Happening, 'step' | 'atMs'>[]): WorldResult {
  return {
    ...shrunk,
    happenings: happenings.map((each, index) => ({ ...each, step: index + 1, atMs: index * 10 })),
  }
}

test('the story says who called, what was committed and sent, what failed, and what is wrong', () => {
  const story = renderStory({ scenario, result: shrunk, replay: 'run it' })

  for (const line of [
    /Scenario "shop", seed \d+, made smaller: an invariant does not hold\./,
    /^ {2}reservations are of confirmed orders: \w+ has \d+ reserved$/m,
    /client 1 calls order: order\.place \{"orderId"/,
    /order commits order\.Placed$/m,
    /order publishes command stock\.reserve$/m,
    /stock is given command stock\.reserve \(inbox\)$/m,
    /! FAULT crash after publish at stock stock\/0: the process dies after/,
    /stock dies after it published to stock\/0$/m,
    /stock is back$/m,
    /! VIOLATED reservations are of confirmed orders/,
    /Run it again:\n {2}run it\n$/,
  ])
    assert.match(story, line)
})

test('a long story is folded to its end and all faults, and says how much is left out', () => {
  const story = renderStory({ scenario, result: whole, linesMax: 100 })

  const faults = story.match(/! FAULT/g) ?? []
  const leftOut = Array.from(story.matchAll(/\.\.\. (\d+) lines? left out/g), ([, count]) =>
    Number(count),
  )
  const shown = story.match(/^ {0,5}\d+ {2,}\d+\.\d{4} s/gm) ?? []
  assert.equal(faults.length, whole.struck.length)
  assert.ok(leftOut.length > 1)
  assert.equal(
    leftOut.reduce((sum, count) => sum + count, shown.length),
    whole.happenings.length,
  )
})

test('a story that was stopped says where', async () => {
  const result = await runViolated({ seed: 4 }, 20)

  const story = renderStory({ scenario, result })

  assert.match(story, /seed 4: nothing is violated\./)
  assert.match(story, /Stopped after step 20\.\n$/)
})

test('the picture has a lifeline for each who takes part, the fault, the death and the violation', () => {
  const svg = renderSequenceSvg({ scenario, result: shrunk })

  for (const name of ['operator', 'client 1', 'stock', 'payment', 'order', 'broker'])
    assert.match(svg, new RegExp(`class="name" text-anchor="middle">${name}<`))
  assert.match(svg, /fault-text"[^>]*>crash after publish</)
  assert.match(svg, /class="cross"/)
  assert.match(svg, /class="life dead"/)
  assert.match(svg, /banner-text">reservations are of confirmed orders/)
  assert.match(svg, /prefers-color-scheme:dark/)
})

test('every element of the picture is closed, whatever the texts are', () => {
  const hostile = '<b>&"; %% end'
  const result = told([
    { kind: 'call', from: 'client 1', to: 'stock', text: hostile, detail: hostile },
    { kind: 'report', from: 'stock', text: hostile },
    { kind: 'violation', from: 'world', text: `${hostile} `.repeat(60) },
  ])

  for (const svg of [
    renderSequenceSvg({ scenario: hostile, result }),
    renderSequenceSvg({ scenario, result: whole }),
  ]) {
    const open: string[] = []
    for (const [, close, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (close) assert.equal(open.pop(), name)
      else if (!empty) open.push(name)
    }
    assert.deepEqual(open, [])
    assert.doesNotMatch(svg, /<b>/)
  }
})

test('a fault between a client and a service is drawn between them', () => {
  const result = told([
    { kind: 'call', from: 'client 1', to: 'stock', text: 'stock.supply' },
    { kind: 'fault', from: 'client 1 to stock', text: 'call lost' },
    { kind: 'answer', from: 'stock', to: 'client 1', text: 'nothing: the caller gives up' },
  ])

  assert.match(renderSequenceMermaid({ scenario, result }), /Note over p0,p1: fault: call lost/)
  assert.match(
    renderSequenceMermaid({ scenario, result }),
    /Note over p0: hears nothing, and gives up/,
  )
})

test('a call goes to the process that answers it, where several run the service', () => {
  const replicas = {
    ...shrunk.shape,
    processes: [
      { name: 'stock', services: ['stock'] },
      { name: 'stock-2', services: ['stock'] },
    ],
  }
  const result = {
    ...told([
      { kind: 'call', from: 'client 1', to: 'stock', text: 'stock.supply' },
      { kind: 'answer', from: 'stock-2', to: 'client 1', text: 'stock.supply: ok' },
    ]),
    shape: replicas,
  }

  assert.match(renderSequenceMermaid({ scenario, result }), /p0->>p2: stock\.supply\n/)
})

/** What the grammar of Mermaid knows of what is written here. */
const mermaidLines = [
  /^sequenceDiagram$/,
  /^ {2}title [^;%"]*$/,
  /^ {2}(?:actor|participant) p\d+ as [^;%"{}]+$/,
  /^ {2}p\d+(?:->>|-->>|-\))p\d+: [^;%"{}<>]+$/,
  /^ {2,4}Note over p\d+(?:,p\d+)?: [^;%"{}<>]+$/,
  /^ {2}rect rgba\(\d+, \d+, \d+, 0\.\d+\)$/,
  /^ {2}end$/,
]

test('the Mermaid text has only lines that Mermaid knows, and each frame has an end', async () => {
  for (const seed of violatedSeeds) {
    const text = renderSequenceMermaid({ scenario, result: await runViolated({ seed }) })
    const lines = text.trimEnd().split('\n')

    // Entities are written with signs that have a meaning of their own elsewhere.
    for (const line of lines.map((each) => each.replaceAll(/#\d+;/g, ''))) {
      assert.ok(
        mermaidLines.some((known) => known.test(line.replace('<br/>', ' '))),
        line,
      )
    }
    const frames = lines.filter((line) => line.startsWith('  rect'))
    assert.equal(frames.length, lines.filter((line) => line === '  end').length)
    const named = Array.from(text.matchAll(/p(\d+)/g), ([, number]) => Number(number))
    const lifelines = text.match(/^ {2}(?:actor|participant)/gm) ?? []
    assert.ok(named.every((number) => number < lifelines.length))
  }
})
