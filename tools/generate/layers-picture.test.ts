import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { capabilities, technologies } from '../../test/architecture/map.ts'
import { fillLayers, renderLayers } from './layers-picture.ts'

describe('the picture of the layers', () => {
  it('names every room and every technology of the map', () => {
    const picture = renderLayers(() => true)

    for (const name of [...capabilities, ...technologies])
      assert.match(picture, new RegExp(`\\b${name}\\b`))
    assert.doesNotMatch(picture, /not there yet/)
  })

  it('keeps rooms without files apart', () => {
    const picture = renderLayers(
      (folder) => folder !== 'src/deploy' && folder !== 'src/adapters/kafka',
    )

    assert.match(picture, /not there yet: deploy</)
    assert.match(picture, /not there yet: kafka</)
  })

  it('is written only where a page has a place for it', () => {
    const page =
      '# A\n\n<!-- generated: layers -->\n```mermaid\nold\n```\n\n```mermaid\nother\n```\n'

    const text = fillLayers(page, '```mermaid\nnew\n```')

    assert.equal(text, page.replace('old', 'new'))
  })
})
