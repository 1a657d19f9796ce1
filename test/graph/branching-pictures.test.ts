import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeSystem, renderSagaMermaid, renderSagaSvg } from '../../src/graph/index.ts'
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
