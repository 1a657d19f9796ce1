import assert from 'node:assert/strict'

/** An element of an SVG text. */
export interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly text: string
}

/** The elements of an SVG text, in order; fails when it is not well-formed. */
export function parseTags(svg: string): readonly Tag[] {
  const open: string[] = []
  const tags = [...svg.matchAll(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>([^<]*)/gi)]
  const length = tags.reduce((sum, [whole]) => sum + whole.length, 0)
  assert.equal(length, svg.length, 'something is neither an element nor text')
  const parsed = tags.flatMap(([, isEnd, name = '', attributes = '', isEmpty, text = '']) => {
    if (isEnd) {
      assert.equal(open.pop(), name)
      return []
    }
    if (!isEmpty) open.push(name)
    const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)]
    return [
      {
        name,
        attributes: new Map(pairs.map(([, key = '', value = '']) => [key, value])),
        text,
      },
    ]
  })
  assert.deepEqual(open, [])
  return parsed
}
