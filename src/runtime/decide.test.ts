import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { type Aggregate, aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { entryCharactersMax } from '../log/entry-size.ts'
import { service } from '../language/service.ts'
import { system } from '../language/system.ts'
import { view } from '../language/view.ts'
import type { Cell } from './cells.ts'
import {
  type Decidable,
  decideInto,
  eventsPerDecisionMax,
  instanceKey,
  keyCharactersMax,
} from './decide.ts'
import { Draft } from './draft.ts'
import { createServiceModel, type ServiceModel } from './service-model.ts'

const Letter = z.object({ text: z.string() })
const Post = contract('post', {
  commands: {
    send: { input: Letter, output: Letter, rejects: { TooLong: z.object({ max: z.int() }) } },
    lose: { input: Letter },
  },
  events: { Sent: Letter, Lost: Letter },
})
const Other = contract('other', { events: { Sent: Letter } })

type Loose = Readonly<Record<string, unknown>>

/** An office whose decision a program without the compiler has written. */
function office(decide: (...given: readonly never[]) => unknown, facts: Loose = {}): Aggregate {
  return aggregate(Post, 'office', {
    key: () => 'o',
    initial: () => ({ letters: [] as unknown[] }),
    decide: { send: decide as never, lose: decide as never },
    evolve: { Sent: (state, event) => ({ letters: [...state.letters, event] }) },
    ...facts,
  })
}

const Sizes = view('sizes', { document: z.object({ size: z.int() }), consistency: 'inline' }).on(
  Post.Sent,
  { key: ({ text }) => text.slice(0, 1), evolve: (_size, { text }) => ({ size: text.length }) },
)

interface Decided {
  readonly outcome: unknown
  readonly draft: Draft
  readonly model: ServiceModel
}

function decided(definition: Aggregate, facts: Partial<Decidable> = {}): Decided {
  const post = service(Post, { aggregates: [definition], views: [Sizes] })
  const other = service(Other, {})
  const options = { partitions: 4, viewName: () => 'sizes@1' }
  const model = createServiceModel(system('mail', { services: [post, other] }), post, options)
  const fresh = (id: string, value: unknown): Cell => ({
    id,
    value,
    version: 0,
    stateAt: 0,
    atMs: 0,
    pending: 0,
  })
  const draft = new Draft(
    {
      stream: (each, name) => fresh(name, each.initial()),
      document: (name, key) => fresh(`${name} ${key}`, undefined),
    },
    5_000,
  )
  const command = { type: 'post.send', data: { text: 'hi' }, key: 'o', id: 'c1' }
  const meta = { command: 'c1', actor: 'ann', tenant: 'blue' }
  const outcome = decideInto(model, draft, { ...command, prepared: undefined, meta, ...facts })
  return { outcome, draft, model }
}

/** A decision that gives this. */
const giving = (given: unknown): Aggregate => office(() => given)

const failing = { name: 'DureError', code: 'COMMAND_DECISION_FAILED' }

describe('a decision', () => {
  it('puts instances with one partition key into one partition, and others anywhere', () => {
    const [partitionKey, sent] = [(key: string) => key.slice(0, 1), Post.Sent({ text: 'a' })]
    const reply = (
      _state: never,
      _command: never,
      context: { reply: (...all: unknown[]) => unknown },
    ) => context.reply({ text: 'done' }, sent)
    const partitions = (facts: Loose): Set<number | undefined> =>
      new Set(
        ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map(
          (key) => decided(office(reply, facts), { key }).draft.entries[0]?.partition,
        ),
      )

    assert.equal(partitions({ partitionKey }).size, 1)
    assert.ok(partitions({}).size > 1)
  })

  it('fails when its partition key throws', () => {
    const partitionKey = (): string => {
      throw new TypeError('no seller')
    }
    const sending = office(
      (_state: never, _command: never, context: { reply: (...all: unknown[]) => unknown }) =>
        context.reply({ text: 'done' }, Post.Sent({ text: 'a' })),
      { partitionKey },
    )

    assert.throws(() => decided(sending), failing)
  })

  it('records its events with their place in the stream, and answers the output', () => {
    const sent = [Post.Sent({ text: 'a' }), Post.Sent({ text: 'b' })] as const

    const { outcome, draft } = decided(
      office((_state: never, _command: never, context: { reply: (...all: unknown[]) => unknown }) =>
        context.reply({ text: 'done' }, ...sent),
      ),
    )

    assert.deepEqual(outcome, { ok: true, output: { text: 'done' } })
    assert.deepEqual(
      draft.entries.map(({ type, stream, streamVersion, key, data, atMs }) => ({
        type,
        stream,
        streamVersion,
        key,
        data,
        atMs,
      })),
      ['a', 'b'].map((text, index) => ({
        type: 'post.Sent',
        stream: 'office/o',
        streamVersion: index + 1,
        key: 'o',
        data: JSON.stringify({ text }),
        atMs: 5_000,
      })),
    )
    assert.equal(new Set(draft.entries.map(({ partition }) => partition)).size, 1)
  })

  it('sees who asks, when, and under which id', () => {
    let seen: Loose = {}
    decided(
      office((_state: never, _command: never, context: Loose) => {
        seen = context
        return []
      }),
      { prepared: { receipt: 7 } },
    )

    const { id, atMs, key, actor, tenant, prepared } = seen
    assert.deepEqual(
      { id, atMs, key, actor, tenant, prepared },
      {
        id: 'c1',
        atMs: 5_000,
        key: 'o',
        actor: 'ann',
        tenant: 'blue',
        prepared: { receipt: 7 },
      },
    )
  })

  it('can be a rejection with data, and then records nothing', () => {
    const { outcome, draft } = decided(
      office(
        (_state: never, _command: never, context: { reject: Record<string, CallableFunction> }) =>
          context.reject['TooLong']?.({ max: 1 }),
      ),
    )

    assert.deepEqual(outcome, { ok: false, rejected: 'TooLong', data: { max: 1 } })
    assert.ok(draft.isEmpty)
  })

  it('can be no event at all, one event, or a list of them', () => {
    const counts = [
      [],
      Post.Sent({ text: 'a' }),
      [Post.Sent({ text: 'a' }), Post.Lost({ text: 'b' })],
    ]

    assert.deepEqual(
      counts.map((given) => decided(giving(given)).draft.entries.length),
      [0, 1, 2],
    )
  })

  it('lets states and inline views see what the log holds, not what the decision handed over', () => {
    const at = { toJSON: () => 'as JSON' }
    const { draft, model } = decided(
      giving(Post.Sent({ text: 'abc', gone: undefined, at, nothing: Number.NaN } as never)),
    )
    const stored = { text: 'abc', at: 'as JSON', nothing: null }
    const definition = model.commands.get('post.send')?.aggregate

    assert.ok(definition)
    assert.deepEqual(draft.stream(definition, 'office/o').state, { letters: [stored] })
    assert.deepEqual(draft.documents('sizes@1', ['a'])[0]?.value, { size: 3 })
    assert.equal(draft.entries[0]?.data, JSON.stringify(stored))
  })

  const unusable: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    null: null,
    'a text': 'sent',
    'a number': 7,
    'an empty object': {},
    'a command': Post.lose({ text: 'a' }),
    'a promise': Promise.resolve([]),
    'a list that holds nothing': [undefined],
    'a list that holds null': [null],
    'a list that holds a command': [Post.lose({ text: 'a' })],
    'a list that holds a list': [[Post.Sent({ text: 'a' })]],
    'a reply without a list of events': { kind: 'accepted', output: 1 },
    'a reply with something else than events': { kind: 'accepted', output: 1, events: ['sent'] },
    'a rejection without a name': { kind: 'rejection', data: {} },
    'a rejection that the command does not declare': {
      kind: 'rejection',
      rejected: 'No',
      data: {},
    },
    'an event that no contract knows': {
      kind: 'event',
      service: 'post',
      type: 'post.None',
      data: {},
    },
    'an event of another service': Other.Sent({ text: 'a' }),
    'an event without a type': { kind: 'event', service: 'post', data: {} },
    'an event whose data is no JSON': Post.Sent({ text: 1n } as never),
  }
  for (const [what, given] of Object.entries(unusable)) {
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => decided(giving(given)), failing)
    })
  }

  it('is refused when it throws, with what it threw as the cause', () => {
    const cause = new RangeError('a bug')
    const throwing = office(() => {
      throw cause
    })

    assert.throws(
      () => decided(throwing),
      (error) => error instanceof DureError && error.code === failing.code && error.cause === cause,
    )
  })

  it('is refused when the state after it cannot be told, or an inline view fails', () => {
    const evolve = {
      Sent: () => {
        throw new RangeError('a bug')
      },
    }
    const sent = Post.Sent({ text: 'a' })

    assert.throws(() => decided(office(() => sent, { evolve })), failing)
    assert.throws(() => decided(giving(Post.Sent({ text: 5 } as never))), failing)
  })

  it(`is refused with more than ${eventsPerDecisionMax} events`, () => {
    const many = (count: number): readonly unknown[] =>
      Array.from({ length: count }, () => Post.Sent({ text: 'a' }))

    assert.equal(decided(giving(many(eventsPerDecisionMax))).draft.entries.length, 1_000)
    assert.throws(() => decided(giving(many(eventsPerDecisionMax + 1))), failing)
  })

  it('is refused when an event is larger than the log takes', () => {
    const text = (length: number): string => 'x'.repeat(length)
    const frame = '{"text":""}'.length

    decided(giving(Post.Sent({ text: text(entryCharactersMax - frame) })))
    assert.throws(() => decided(giving(Post.Sent({ text: text(entryCharactersMax) }))), {
      code: 'LOG_ENTRY_TOO_LARGE',
    })
  })

  it('is not made for a command that no aggregate decides', () => {
    assert.throws(() => decided(giving([]), { type: 'post.burn' }), { code: 'COMMAND_UNKNOWN' })
  })
})

describe('the key of an instance', () => {
  const keyOf = (key: unknown): string => {
    const { model } = decided(office(() => [], { key: () => key }))
    const handler = model.commands.get('post.send')
    assert.ok(handler)
    return instanceKey(handler, 'post.send', {})
  }

  it('is any text that is not too long', () => {
    assert.deepEqual(
      ['a', 'a/b', '한글', ' ', 'x'.repeat(keyCharactersMax)].map((key) => keyOf(key) === key),
      [true, true, true, true, true],
    )
  })

  it('is refused when the data of the command leads to one that no stream can have', () => {
    for (const key of ['', 'x'.repeat(keyCharactersMax + 1), '\ud800']) {
      assert.throws(() => keyOf(key), { code: 'COMMAND_INPUT_INVALID' })
    }
  })

  it('is refused when the definition gives something else than a text, or throws', () => {
    for (const key of [undefined, null, 7, {}, ['a']]) assert.throws(() => keyOf(key), failing)
    const { model } = decided(
      office(() => [], {
        key: () => {
          throw new RangeError('a bug')
        },
      }),
    )
    const handler = model.commands.get('post.send')
    assert.ok(handler)
    assert.throws(() => instanceKey(handler, 'post.send', {}), failing)
  })
})
