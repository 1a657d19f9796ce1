import assert from 'node:assert/strict'
import type {
  CarriedMessage,
  Carrier,
  PlacedMessage,
  RewindRequest,
} from '../../messaging/carried/carrier.port.ts'
import type { PortContract } from './verify-contract.ts'

/** A carrier under test with empty topics, and how its time is made to pass. */
export interface CarrierSubject extends AsyncDisposable {
  readonly carrier: Carrier
  /** Connects once more, as another process would. */
  readonly reach: () => Promise<Carrier>
  /** Lets time pass until `isTrue`; fails when it does not become true. */
  readonly until: (isTrue: () => boolean) => Promise<void>
}

const topic = 'stock/0'
/** Texts that a careless transport would change. */
const text = '{"a":"é 한글 \\u0000 \\ud83d\\ude00 \\n","b":1e21,"c":9007199254740993}'

function messages(count: number, from = 1, incarnation = 'i1'): readonly CarriedMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    incarnation,
    position: from + index,
    type: 'stock.Supplied',
    ...(index % 2 === 0 ? { to: 'order' } : {}),
    body: `{"position":${from + index},"data":${text}}`,
  }))
}

/** The same as a plain value: a carrier may decode a body when it is asked for. */
function asWritten({ incarnation, position, type, to, body }: PlacedMessage): CarriedMessage {
  return { incarnation, position, type, ...(to === undefined ? {} : { to }), body }
}

function positionsOf(taken: readonly PlacedMessage[]): readonly number[] {
  return taken.map(({ position }) => position)
}

function upTo(last: number, from = 1): readonly number[] {
  return Array.from({ length: last - from + 1 }, (_, index) => from + index)
}

/** Reads a topic into a list. */
async function collect(carrier: Carrier, from = 1, name = topic): Promise<PlacedMessage[]> {
  const taken: PlacedMessage[] = []
  await carrier.consume({ topic: name, from, take: async (batch) => void taken.push(...batch) })
  return taken
}

/** What every carrier keeps. Each promise gets a carrier whose topics are empty. */
export const carrierContract: PortContract<CarrierSubject> = {
  port: 'carrier',
  promises: [
    {
      promise: 'hands messages on as they were written, in the order in which they were appended',
      async check({ carrier, until }) {
        await carrier.append(topic, messages(5))
        await carrier.append(topic, messages(300, 6))

        const taken = await collect(carrier)
        await until(() => taken.length >= 305)

        assert.deepEqual(taken.map(asWritten), [...messages(5), ...messages(300, 6)])
      },
    },
    {
      promise: 'gives each message of a topic a place above the places before it',
      async check({ carrier, until }) {
        await carrier.append(topic, messages(9))
        await carrier.append(topic, messages(9))

        const taken = await collect(carrier)
        await until(() => taken.length >= 18)

        const places = taken.map(({ place }) => place)
        assert.ok((places[0] ?? 0) > 0)
        assert.deepEqual(
          places,
          [...new Set(places)].toSorted((one, other) => one - other),
        )
      },
    },
    {
      promise: 'says what lies at the end of a topic, and that nothing does',
      async check({ carrier, reach, until }) {
        const before = await carrier.last(topic)
        await carrier.append(topic, messages(7))
        await carrier.append(topic, messages(2, 3, 'i2'))

        const last = await (await reach()).last(topic)

        const taken = await collect(carrier)
        await until(() => taken.length >= 9)
        assert.equal(before, undefined)
        assert.deepEqual(
          [last?.incarnation, last?.position, last?.place],
          ['i2', 4, taken.at(-1)?.place],
        )
      },
    },
    {
      promise: 'reads from a place onward, and what is appended later',
      async check({ carrier, reach, until }) {
        await carrier.append(topic, messages(9))
        const last = await carrier.last(topic)

        const taken = await collect(await reach(), (last?.place ?? 0) - 2)
        const later = await collect(carrier, (last?.place ?? 0) + 1)
        await carrier.append(topic, messages(3, 10))
        await until(() => taken.length >= 6 && later.length >= 3)

        assert.deepEqual(positionsOf(taken), upTo(12, 7))
        assert.deepEqual(positionsOf(later), upTo(12, 10))
      },
    },
    {
      promise: 'reads a topic that nobody has written yet',
      async check({ carrier, reach, until }) {
        const taken = await collect(await reach())

        await carrier.append(topic, messages(3))
        await until(() => taken.length >= 3)

        assert.deepEqual(positionsOf(taken), [1, 2, 3])
      },
    },
    {
      promise: 'hands nothing on while what was handed over is being taken',
      async check({ carrier, until }) {
        let inside = 0
        let most = 0
        let count = 0
        await carrier.append(topic, messages(600))

        await carrier.consume({
          topic,
          from: 1,
          async take(batch) {
            inside += 1
            most = Math.max(most, inside)
            await Promise.resolve()
            count += batch.length
            inside -= 1
          },
        })
        await until(() => count >= 600)

        assert.deepEqual({ most, count }, { most: 1, count: 600 })
      },
    },
    {
      promise: 'does not let one who takes nothing keep the others waiting',
      async check({ carrier, until }) {
        const { promise, resolve } = Promise.withResolvers<void>()
        await carrier.consume({ topic, from: 1, take: () => promise })
        const taken = await collect(carrier)

        await carrier.append(topic, messages(600))
        await until(() => taken.length >= 600)
        resolve()

        assert.deepEqual(positionsOf(taken), upTo(600))
      },
    },
    {
      promise: 'keeps topics apart',
      async check({ carrier, until }) {
        const others = await collect(carrier, 1, 'stock/1')
        const taken = await collect(carrier)

        await carrier.append(topic, messages(3))
        await until(() => taken.length >= 3)

        assert.deepEqual(others, [])
        assert.equal(await carrier.last('stock/1'), undefined)
      },
    },
    {
      promise: 'lets everybody read the same order of what several append at once',
      async check({ carrier, reach, until }) {
        const second = await reach()
        await Promise.all([
          carrier.append(topic, messages(100)),
          second.append(topic, messages(100, 1, 'i2')),
        ])

        const one = await collect(carrier)
        const other = await collect(second)
        await until(() => one.length >= 200 && other.length >= 200)

        const names = (taken: readonly PlacedMessage[]): readonly string[] =>
          taken.map(({ incarnation, position, place }) => `${incarnation} ${position} ${place}`)
        assert.deepEqual(names(one), names(other))
        const own = one.filter(({ incarnation }) => incarnation === 'i2')
        assert.deepEqual(positionsOf(own), upTo(100))
      },
    },
    {
      promise: 'hands nothing on when a consumption has ended',
      async check({ carrier, until }) {
        const ended: PlacedMessage[] = []
        const consumption = await carrier.consume({
          topic,
          from: 1,
          take: async (batch) => void ended.push(...batch),
        })
        await carrier.append(topic, messages(2))
        await until(() => ended.length >= 2)

        await consumption[Symbol.asyncDispose]()
        const taken = await collect(carrier)
        await carrier.append(topic, messages(2, 3))
        await until(() => taken.length >= 4)

        assert.deepEqual(positionsOf(ended), [1, 2])
      },
    },
    {
      promise: 'carries requests to rewind to all who listen on their topic, until they stop',
      async check({ carrier, reach, until }) {
        const second = await reach()
        const heard: RewindRequest[] = []
        const here: RewindRequest[] = []
        const elsewhere: RewindRequest[] = []
        const ear = await second.hear(topic, (request) => void heard.push(request))
        await carrier.hear(topic, (request) => void here.push(request))
        await second.hear('stock/1', (request) => void elsewhere.push(request))
        const request = { topic, incarnation: 'i1', after: 41 }

        await carrier.ask(request)
        await until(() => heard.length >= 1 && here.length >= 1)
        await ear[Symbol.asyncDispose]()
        await carrier.ask({ ...request, after: 7 })
        await until(() => here.length >= 2)

        assert.deepEqual(heard, [request])
        assert.deepEqual(here, [request, { ...request, after: 7 }])
        assert.deepEqual(elsewhere, [])
      },
    },
    {
      promise: 'carries messages of the size that it says it takes',
      async check({ carrier, until }) {
        const [sample] = messages(1)
        const size = Math.min(carrier.supports.messageBytesMax, 10_000_000)
        const body = JSON.stringify('x'.repeat(size - 2))
        assert.ok(sample && carrier.supports.messageBytesMax >= 100_000)

        await carrier.append(topic, [{ ...sample, body }])
        const taken = await collect(carrier)
        await until(() => taken.length >= 1)

        assert.equal(taken[0]?.body === body, true)
      },
    },
    {
      promise: 'carries more large messages at once than are on their way at once',
      async check({ carrier, until }) {
        const size = Math.min(carrier.supports.messageBytesMax, 1_000_000)
        const body = JSON.stringify('x'.repeat(size - 2))
        const large = messages(20).map((each) => ({ ...each, body }))

        await carrier.append(topic, large)
        const taken = await collect(carrier)
        await until(() => taken.length >= 20)

        assert.deepEqual(positionsOf(taken), upTo(20))
        assert.ok(taken.every((each) => each.body.length === body.length))
      },
    },
  ],
}
