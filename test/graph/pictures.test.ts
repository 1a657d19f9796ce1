import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elkLayout } from '../../src/adapters/elk/layout.ts'
import { columnLayout } from '../../src/adapters/memory/layout.ts'
import {
  describeSystem,
  renderJson,
  renderMermaid,
  renderSagaMermaid,
  renderSagaSvg,
  renderSvg,
} from '../../src/graph/index.ts'
import type { SagaNodeManifest } from '../../src/graph/manifest.ts'
import { textWidth } from '../../src/graph/pictures/text-width.ts'
import { parseTags, type Tag } from './parse-tags.ts'
import { house } from '../systems/house.ts'
import shop from '../systems/shop/system.ts'

const manifest = describeSystem(shop)
const [checkout] = manifest.sagas
assert.ok(checkout)

function numberOf({ attributes }: Tag, name: string): number {
  return Number(attributes.get(name))
}

const sizes: Readonly<Record<string, { readonly size: number; readonly isBold?: boolean }>> = {
  title: { size: 18, isBold: true },
  name: { size: 14, isBold: true },
  label: { size: 11 },
  small: { size: 11 },
}

/** Where a line of text begins and ends, in the widest usual font. */
function extentOf(tag: Tag): readonly [number, number] {
  const [first = ''] = (tag.attributes.get('class') ?? '').split(' ')
  const width = textWidth(tag.text, sizes[first] ?? { size: 12 })
  const x = numberOf(tag, 'x')
  return tag.attributes.get('text-anchor') === 'middle'
    ? [x - width / 2, x + width / 2]
    : [x, x + width]
}

/** Texts that stick out of the smallest rectangle in which they begin. */
function overflowing(svg: string): readonly string[] {
  // Title and legend stand on the ground, in coordinates of their own.
  const [, content = ''] = svg.split(/<g transform="translate\(0,\d+\)">/)
  const tags = parseTags(content.slice(0, content.lastIndexOf('</g>')).trim())
  const rects = tags.filter(({ name, attributes }) => name === 'rect' && attributes.has('x'))
  return tags
    .filter(({ name, attributes }) => name === 'text' && attributes.get('class') !== 'title')
    .filter((tag) => {
      const [start, end] = extentOf(tag)
      const around = rects
        .filter((rect) => isAround(rect, { x: (start + end) / 2, y: numberOf(tag, 'y') - 3 }))
        .toSorted((one, other) => numberOf(one, 'width') - numberOf(other, 'width'))[0]
      if (!around) return false
      return (
        start < numberOf(around, 'x') || end > numberOf(around, 'x') + numberOf(around, 'width')
      )
    })
    .map(({ text }) => text)
}

function isAround(rect: Tag, { x, y }: { readonly x: number; readonly y: number }): boolean {
  const [left, top] = [numberOf(rect, 'x'), numberOf(rect, 'y')]
  return (
    x >= left &&
    x <= left + numberOf(rect, 'width') &&
    y >= top &&
    y <= top + numberOf(rect, 'height')
  )
}

function textsOf(svg: string): readonly string[] {
  return parseTags(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text)
}

describe('renderSvg', () => {
  it('gives the same text for the same system and layout', async () => {
    const [first, second] = [
      await renderSvg(manifest, elkLayout()),
      await renderSvg(manifest, elkLayout()),
    ]

    assert.equal(first, second)
  })

  it('names every service with its aggregates, views, policies and sagas, and every driven port', async () => {
    const texts = new Set(textsOf(await renderSvg(manifest, columnLayout())))

    for (const service of manifest.services) {
      assert.ok(texts.has(service.name), service.name)
      for (const { name } of [...service.aggregates, ...service.policies])
        assert.ok(texts.has(name), name)
    }
    for (const text of ['products (inline)', 'titles', 'checkout', 'card-provider', '5 routes']) {
      assert.ok(texts.has(text), text)
    }
  })

  it('draws one line for each kind of message between two boxes, and none from a box to itself', async () => {
    const svg = await renderSvg(manifest, columnLayout())

    const lines = parseTags(svg).filter(({ attributes }) => attributes.has('marker-end'))
    const titles = [...svg.matchAll(/<title>([^<]* to [^<]*)<\/title>/g)].map(([, title]) => title)

    assert.equal(lines.length, titles.length)
    assert.deepEqual(titles, [
      'shop to catalog: POST /products, PATCH /products/{productId}/price',
      'shop to stock: POST /products/{productId}/stock',
      'shop to order: POST /orders, GET /orders/{orderId}',
      'shop to payment: GET /orders/{orderId}',
      'stock to catalog: SoldOut',
      'catalog to order: Offered',
      'order to stock: reserve',
      'order to shipping: quote, send',
      'order to payment: pay',
      'payment to card-provider: ',
    ])
  })

  it('lets no text stick out of its box', async () => {
    const svg = await renderSvg(manifest, elkLayout())

    assert.deepEqual(overflowing(svg), [])
    assert.ok(overflowing(svg.replaceAll('>catalog<', '>catalogue of everything<')).length > 0)
  })

  it('tells its content to readers who do not see it, and follows light and dark', async () => {
    const svg = await renderSvg(manifest, columnLayout())

    assert.match(
      svg,
      /^<svg [^>]*role="img" aria-labelledby="system-shop-title system-shop-description"/,
    )
    assert.match(
      svg,
      /<desc id="system-shop-description">5 services, 1 saga, 5 routes\. .*order to stock, saga: reserve\./,
    )
    assert.match(svg, /@media\(prefers-color-scheme:dark\)/)
  })

  it('explains only the signs that it uses', async () => {
    const texts = textsOf(await renderSvg(describeSystem(house({})), columnLayout()))

    assert.deepEqual(texts, [
      'house',
      '1 service, 0 sagas, 0 routes',
      'lamp',
      'bulb',
      'aggregate kept as events',
    ])
  })

  it('shows a driven port that is not bound', async () => {
    const unbound = { ...manifest, ports: manifest.ports.map((port) => ({ ...port, bindings: 0 })) }

    const texts = textsOf(await renderSvg(unbound, columnLayout()))

    assert.ok(texts.includes('0 adapters'))
  })

  it('leaves out services that the system does not have', async () => {
    const partial = {
      ...manifest,
      services: manifest.services.filter(({ name }) => name !== 'stock'),
    }

    const svg = await renderSvg(partial, elkLayout())

    assert.ok(!textsOf(svg).includes('stock'))
  })
})

function withLongName<N extends SagaNodeManifest>(node: N): N {
  return { ...node, name: `${node.name}-of-all-warehouses-of-the-world` }
}

describe('renderSagaSvg', () => {
  it('names each step with its command, limits and undo, and both ends', () => {
    const texts = textsOf(renderSagaSvg(checkout))

    for (const text of [
      'order.Placed',
      'stock.reserve',
      'for each of at most 20',
      'undo: stock.release',
      'nothing to undo',
      'quote-is-fair?',
      'within 10 s',
      'shipping.send',
      'completed',
      'compensated',
      'then order.cancel',
      'coordinated by order, version 1, turns back after 30 s',
    ]) {
      assert.ok(texts.includes(text), text)
    }
  })

  it('lets no text stick out of its box, however long names are', () => {
    const longNamed = { ...checkout, nodes: checkout.nodes.map(withLongName) }

    assert.deepEqual(overflowing(renderSagaSvg(checkout)), [])
    assert.deepEqual(overflowing(renderSagaSvg(longNamed)), [])
  })

  it('shows what is missing: a command that is unknown, and a step without an undo', () => {
    const texts = textsOf(
      renderSagaSvg({
        name: 'odd',
        version: 1,
        style: 'orchestrated',
        by: 'order',
        startsOn: [],
        nodes: [{ node: 'step', name: 'first', phase: 'before', command: 'unknown' }],
      }),
    )

    assert.ok(
      ['started by hand', 'unknown command', 'no undo'].every((text) => texts.includes(text)),
    )
  })
})

describe('renderMermaid', () => {
  it('writes boxes, then arrows by kind', () => {
    const text = renderMermaid(manifest)

    assert.equal(
      text,
      `flowchart LR
  box0{{"<b>shop</b><br/>5 routes"}}
  box1["<b>catalog</b><br/>product<br/>products (inline)<br/>hide-what-is-sold-out"]
  box2["<b>stock</b><br/>item"]
  box3["<b>payment</b><br/>payment"]
  box4["<b>shipping</b><br/>parcel<br/>parcels-by-city"]
  box5["<b>order</b><br/>order<br/>orders<br/>titles<br/>checkout"]
  box6(["<b>card-provider</b>"])
  box0 -->|"2 routes"| box1
  box0 -->|"1 route"| box2
  box0 -->|"2 routes"| box5
  box0 -->|"1 route"| box3
  box2 -.->|"SoldOut"| box1
  box1 -.->|"Offered"| box5
  box5 ==>|"reserve"| box2
  box5 ==>|"quote<br/>send"| box4
  box5 ==>|"pay"| box3
  box3 --- box6
`,
    )
  })

  it('writes what Mermaid would read as its own signs as entities', () => {
    const [first, ...others] = manifest.services
    assert.ok(first)
    const odd = {
      ...first,
      aggregates: [{ name: 'a"]; <b>#', stored: 'events' as const, version: 1 }],
    }

    const text = renderMermaid({ ...manifest, services: [odd, ...others] })

    assert.ok(text.includes('a#34;]#59; #60;b#62;#35;'))
  })
})

describe('renderSagaMermaid', () => {
  it('writes the plan with its branches, pivot, undos and ends', () => {
    const text = renderSagaMermaid(checkout)

    assert.equal(
      text,
      `flowchart LR
  node0(["order.Placed"])
  subgraph group1["prepare"]
  node1["<b>stock</b><br/>stock.reserve<br/>for each of at most 20"]
  node2["<b>quote</b><br/>shipping.quote"]
  end
  node3{{"quote-is-fair?"}}
  node4["<b>payment</b><br/>payment.pay<br/>within 10 s<br/><i>pivot</i>"]:::pivot
  node5["<b>parcel</b><br/>shipping.send"]
  node6["<b>confirm</b><br/>order.confirm"]
  node7([completed])
  node8(["compensated<br/>then order.cancel"])
  node0 --> node1
  node0 --> node2
  node1 --> node3
  node2 --> node3
  node3 --> node4
  node4 --> node5
  node5 --> node6
  node6 --> node7
  node1 -.->|"undo: stock.release"| node8
  classDef pivot stroke-width:3px
`,
    )
  })
})

describe('renderJson', () => {
  it('writes the manifest, whole', () => {
    const text = renderJson(manifest)

    assert.deepEqual(JSON.parse(text), manifest)
  })
})
