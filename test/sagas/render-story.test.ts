import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderStoryMermaid } from '../../src/sagas/operating/render-story-mermaid.ts'
import { renderStorySvg } from '../../src/sagas/operating/render-story-svg.ts'
import type { SagaStory } from '../../src/sagas/operating/saga-operations.ts'
import { layOutStory, renderAfter, storyRowsMax } from '../../src/sagas/operating/story-rows.ts'
import { openTravel } from './travel-bench.ts'

async function storyOf(...troubles: readonly string[]): Promise<SagaStory> {
  await using bench = await openTravel(...troubles)
  await bench.plan('t1')
  return await bench.running.saga('travel', 't1')
}

describe('the picture of a story', () => {
  it('has a lifeline for each service, and an arrow for each command and answer', async () => {
    const story = await storyOf('refuse pay t1')

    const svg = renderStorySvg(story)

    assert.match(svg, /^<svg [^]*<\/svg>\n$/)
    for (const text of ['agency', 'hotel', 'bank', 'room: hotel.book', 'money rejected: Broke']) {
      assert.ok(svg.includes(`>${text}</text>`), text)
    }
    assert.equal(svg.match(/V-?\d+" class="life"/g)?.length, 3)
    assert.match(svg, /Instance t1 of saga travel: compensated \(money: Broke\)/)
  })

  it('is one text for one story, and holds no text that acts as markup', async () => {
    const story = await storyOf()
    const key = '<script>&"'.repeat(40)
    const hostile = { ...story, key, state: { ...story.state, key } }

    const svg = renderStorySvg(hostile)

    assert.equal(svg, renderStorySvg(hostile))
    assert.doesNotMatch(svg, /<script>/)
    assert.doesNotMatch(renderStoryMermaid(hostile), /<script>/)
  })

  it('is a Mermaid sequence with the same rows', async () => {
    const lines = renderStoryMermaid(await storyOf('break book t1')).split('\n')

    assert.deepEqual(lines, [
      'sequenceDiagram',
      '  title travel t1: running',
      '  participant p0 as agency',
      '  participant p1 as hotel',
      '  Note over p0: starts',
      '  p0->>p1: room: hotel.book',
      '  Note over p1: no answer yet to hotel.book (room), sent at +0 ms',
      '',
    ])
  })

  it('is bounded: of a long story the middle is left out', async () => {
    const story = await storyOf()
    const moments = Array.from({ length: 200 }, () => story.moments).flat()

    const { rows } = layOutStory({ ...story, moments })

    assert.equal(rows.length, storyRowsMax + 1)
    assert.ok(
      rows.some(({ text }) => text === `${moments.length - storyRowsMax} moments are left out`),
    )
  })

  it('says times as people do', () => {
    assert.deepEqual([0, 12, 1_540, 90_000, 7_560_000, 172_800_000, -5].map(renderAfter), [
      '+0 ms',
      '+12 ms',
      '+1.5 s',
      '+1.5 min',
      '+2.1 h',
      '+2 d',
      '-5 ms',
    ])
  })
})
