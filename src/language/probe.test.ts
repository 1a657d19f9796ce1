import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messageTypes, probeFunction } from './probe.ts'

interface Made {
  readonly kind: 'command'
  readonly type: string
}

interface Item {
  readonly quantity: number
  readonly parts: readonly object[]
}

interface Checkout {
  readonly input: {
    readonly lines: readonly Item[]
    readonly customer: { readonly id: number }
    readonly orderId: string
    readonly atMs: number
  }
  readonly stock: object
}

interface Happening {
  readonly status: string
  readonly reason?: string
  readonly kind: number
  readonly active: boolean
  readonly total: number
  readonly lines: readonly Item[]
  readonly queue: Item[]
}

const make = (type: string): Made => ({ kind: 'command', type })

// Why `never`: each test reads its own kind of data.
function commandsOf(handler: (data: never) => unknown): readonly string[] {
  // Why the cast: a stand-in can be read like any data.
  const run = handler as (standIn: unknown) => unknown
  return messageTypes('command', probeFunction({ source: handler, run }))
}

describe('probeFunction', () => {
  it('sees the command of a function that computes with its data in any way', () => {
    const commands = commandsOf(({ input, stock }: Checkout) => {
      const cents = input.lines.reduce((sum, line) => sum + line.quantity * 2, 0)
      const key = `${input.customer.id}/${input.orderId.padStart(8, '0')}`
      const [first, ...others] = input.lines
      const date = new Date(input.atMs).toISOString()
      return {
        ...make('pay.pay'),
        data: { ...input, ...stock, cents: -cents, key, first, others, date },
      }
    })

    assert.deepEqual(commands, ['pay.pay'])
  })

  it('sees commands that are made one for each item of a list', () => {
    const commands = commandsOf((event: Happening) =>
      event.lines
        .filter((item) => item.quantity > 0)
        .flatMap((item) => item.parts.map(() => make('stock.confirm'))),
    )

    assert.deepEqual(commands, ['stock.confirm'])
  })

  it('sees commands of loops over a list', () => {
    const commands = commandsOf((event: Happening) => {
      const made: Made[] = []
      for (const _ of event.lines) made.push(make('stock.release'))
      for (const [first] of event.queue.entries())
        made.push(make(`stock.${first === 9 ? 'none' : 'count'}`))
      return made
    })

    assert.deepEqual(commands, ['stock.count', 'stock.release'])
  })

  it('sees the branches of conditions that its text shows', () => {
    const commands = commandsOf((event: Happening) => {
      if (event.status === 'delivered') return make('order.close')
      if (event.reason !== undefined && event.kind === 7) return make('order.ask')
      if (!event.active) return make('order.hide')
      if (event.total > 0) return make('order.bill')
      return make('order.gift')
    })

    assert.deepEqual(commands, [
      'order.ask',
      'order.bill',
      'order.close',
      'order.gift',
      'order.hide',
    ])
  })

  it('sees the cases of a switch', () => {
    const commands = commandsOf(({ event }: { readonly event: Happening }) => {
      switch (event.status) {
        case 'paid':
          return make('order.send')
        case 'lost':
          return make('order.search')
        default:
          return undefined
      }
    })

    assert.deepEqual(commands, ['order.search', 'order.send'])
  })

  it('gives what other runs gave when some runs throw', () => {
    const commands = commandsOf((event: Happening) => {
      if (event.lines.length === 0) throw new RangeError('nothing to order')
      return make('order.order')
    })

    assert.deepEqual(commands, ['order.order'])
  })

  it('gives nothing for functions that only throw, or give no messages', () => {
    const throwing = commandsOf(() => {
      throw new RangeError('always')
    })
    const other = commandsOf((event: Happening) => [
      event,
      'order.order',
      { kind: 'event', type: 'order.Ordered' },
    ])

    assert.deepEqual([throwing, other], [[], []])
  })

  it('comes back from loops that made-up data would never end', () => {
    const commands = commandsOf((event: Happening) => {
      while (event.queue.length > 0) event.queue.shift()
      return make('order.order')
    })

    assert.deepEqual(commands, ['order.order'])
  })

  it('runs a function so often at most, however many values its text compares', () => {
    // Each name in its text is a value that may be absent.
    const source = (): string =>
      'n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11 n12 n13 n14 ' +
      'n15 n16 n17 n18 n19 n20 n21 n22 n23 n24 n25 n26 n27 n28 n29 ' +
      'n30 n31 n32 n33 n34 n35 n36 n37 n38 n39 n40 n41 n42 n43 n44 ' +
      'n45 n46 n47 n48 n49 n50 n51 n52 n53 n54 n55 n56 n57 n58 n59'
    let runs = 0

    const answers = probeFunction({ source, run: () => (runs += 1) })

    assert.equal(runs, 60)
    assert.equal(answers.length, 60)
  })

  it('lets a function that awaits its data go on', async () => {
    const answers = probeFunction({
      source: undefined,
      run: async (data) =>
        (await (data as { readonly load: () => Promise<unknown> }).load()) !== undefined,
    })

    assert.ok((await Promise.all(answers)).every((answer) => answer === true))
  })
})
