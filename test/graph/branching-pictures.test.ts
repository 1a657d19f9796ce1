import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  describeSystem,
  renderLanesMermaid,
  renderLanesSvg,
  renderSagaMermaid,
  renderSagaSvg,
} from '../../src/graph/index.ts'
import { layOutLanes } from '../../src/graph/pictures/lanes.ts'
import { richSystem } from '../sagas/rich-saga.ts'
import { parseTags } from './parse-tags.ts'

describe('the picture of a plan with a choice, nested sagas and retries', () => {
  const [rich] = describeSystem(richSystem('choreographed')).sagas
  assert.ok(rich)
  const shown = ['payment: one of', 'charge.authorize', '3 more times, first after 100 ms']

  it('shows the ways, and how often a step is sent', () => {
    const texts = parseTags(renderSagaSvg(rich)).map(({ text }) => text)
    for (const text of [...shown, 'card', 'papers', 'nothing'])
      assert.ok(texts.includes(text), text)
    // Nothing is undone after the pivot.
    assert.ok(!texts.includes('nothing to undo'))
  })

  it('shows the same as Mermaid, each way on a line of its own', () => {
    const mermaid = renderSagaMermaid(rich)
    for (const text of shown) assert.ok(mermaid.includes(text), text)
    const idOf = (way: string): string =>
      new RegExp(String.raw`(node\d+)\(\["${way}"\]\)`).exec(mermaid)?.[1] ?? ''
    const idOfStep = (name: string): string =>
      new RegExp(String.raw`(node\d+)\["<b>${name}</b>`).exec(mermaid)?.[1] ?? ''
    assert.match(mermaid, new RegExp(`${idOf('card')} --> ${idOfStep('charge.authorize')}\n`))
    assert.match(mermaid, new RegExp(`${idOf('nothing')} --> ${idOfStep('decide')}\n`))
  })
})

describe('the picture of what each participant does', () => {
  const [rich] = describeSystem(richSystem('choreographed')).sagas
  assert.ok(rich)

  it('has each step in the lane of its service, once, and in the order of the plan', () => {
    const { services, boxes, arrows } = layOutLanes(rich)
    assert.deepEqual(services, ['door', 'scribe', 'bank', 'store'])
    const steps = boxes.flatMap(({ step, lane }) =>
      step ? [`${services[lane]} ${step.name}`] : [],
    )
    assert.deepEqual(steps.toSorted(), [
      'bank charge.authorize',
      'bank decide',
      'scribe delivery.ride',
      'scribe note',
      'scribe write',
      'store charge.capture',
      'store delivery.pack',
      'store keep',
    ])
    for (const { from, to } of arrows)
      assert.ok((boxes[from]?.column ?? 0) < (boxes[to]?.column ?? 0), `${from} to ${to}`)
    const places = boxes.map(({ lane, column, row }) => `${lane} ${column} ${row}`)
    assert.equal(new Set(places).size, places.length)
  })

  it('shows the ways of a choice on their arrows, a way without steps too', () => {
    const { boxes, arrows } = layOutLanes(rich)
    const nameOf = (box: number): string => boxes[box]?.step?.name ?? 'end'
    const labelled = arrows.flatMap(({ from, to, label }) =>
      label === undefined ? [] : [`${nameOf(from)} -${label}-> ${nameOf(to)}`],
    )
    assert.deepEqual(labelled.toSorted(), [
      'delivery.pack -ride-> delivery.ride',
      'delivery.pack -walk-> end',
      'note -card-> charge.authorize',
      'note -nothing-> decide',
      'note -papers-> keep',
      'note -papers-> write',
    ])
  })

  it('is drawn as SVG, with words for those who do not see it, and as Mermaid', () => {
    const tags = parseTags(renderLanesSvg(rich))
    const texts = tags.map(({ text }) => text)
    for (const text of ['door', 'bank', 'charge.authorize', 'work', 'undo: undo', 'papers'])
      assert.ok(texts.includes(text), text)
    const description = tags.find(({ name }) => name === 'desc')?.text ?? ''
    assert.match(description, /bank does charge\.authorize, then comes charge\.capture; decide, /)
    const mermaid = renderLanesMermaid(rich)
    assert.match(mermaid, /subgraph lane2\["bank"\]\n {4}node\d+\["<b>charge\.authorize<\/b>/)
    assert.match(mermaid, /-->\|"papers"\|/)
  })
})
