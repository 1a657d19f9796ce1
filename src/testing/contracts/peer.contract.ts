import assert from 'node:assert/strict'
import type {
  AnswerPeer,
  PeerDoor,
  PeerTransport,
  ReceivedQuestion,
} from '../../calls/peer.port.ts'
import type { PortContract } from './verify-contract.ts'

/** Processes that can ask each other. */
export interface PeerNetwork {
  serve(answer: AnswerPeer): Promise<PeerDoor>
  readonly transport: PeerTransport
}

/** Long enough for every machine. */
const patientMs = 60_000

const ask = (
  network: PeerNetwork,
  address: string,
  facts: {
    readonly body?: string
    readonly timeoutMs?: number
    readonly signal?: AbortSignal
  } = {},
): Promise<string> =>
  network.transport.ask({ address, name: 'greet', body: '', timeoutMs: patientMs, ...facts })

const withCode = (code: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === code

/** Answers nothing until it is told, and says when it was asked. */
function patient(): {
  readonly answer: AnswerPeer
  readonly asked: Promise<ReceivedQuestion>
  readonly give: (text: string) => void
} {
  const asked = Promise.withResolvers<ReceivedQuestion>()
  const given = Promise.withResolvers<string>()
  const answer: AnswerPeer = (question) => {
    asked.resolve(question)
    return given.promise
  }
  return { answer, asked: asked.promise, give: given.resolve }
}

/** What every way between processes keeps. */
export const peerContract: PortContract<PeerNetwork> = {
  port: 'peer',
  promises: [
    {
      promise: 'carries any text there, and any text back',
      async check(network) {
        const texts = ['', 'a\nb', '\u0000', '두레 🌾', `"${'x'.repeat(300_000)}"`]
        await using door = await network.serve(async ({ name, body }) => `${name}|${body}`)

        for (const body of texts)
          assert.equal(await ask(network, door.address, { body }), `greet|${body}`)
      },
    },
    {
      promise: 'tells the process that is asked how long the answer may take',
      async check(network) {
        let leftMs = 0
        await using door = await network.serve(async ({ timeoutMs }) => {
          leftMs = timeoutMs
          return ''
        })

        await ask(network, door.address, { timeoutMs: 30_000 })

        assert.ok(leftMs > 0 && leftMs <= 30_000, `${leftMs} ms`)
      },
    },
    {
      promise: 'carries many questions at once, and mixes up no answers',
      async check(network) {
        await using door = await network.serve(async ({ body }) => body)
        const bodies = Array.from({ length: 200 }, (_, index) => `question ${index}`)

        const answers = await Promise.all(
          bodies.map((body) => ask(network, door.address, { body })),
        )

        assert.deepEqual(answers, bodies)
      },
    },
    {
      promise: 'gives each answer as soon as it is there, whatever else was asked at the same time',
      async check(network) {
        const { answer, give } = patient()
        await using door = await network.serve((question) =>
          question.body === 'slow' ? answer(question) : Promise.resolve(question.body),
        )

        const slow = ask(network, door.address, { body: 'slow' })
        const quick = ['a', 'b\n', 'c'].map((body) => ask(network, door.address, { body }))

        assert.deepEqual(await Promise.all(quick), ['a', 'b\n', 'c'])
        give('the last one')
        assert.equal(await slow, 'the last one')
      },
    },
    {
      promise: 'says CALL_UNREACHABLE when nobody is there, and nothing was done',
      async check(network) {
        let isAsked = false
        const door = await network.serve(async () => {
          isAsked = true
          return ''
        })
        await door[Symbol.asyncDispose]()

        await assert.rejects(ask(network, door.address), withCode('CALL_UNREACHABLE'))
        assert.equal(isAsked, false)
      },
    },
    {
      promise: 'says CALL_TIMEOUT when no answer comes in time',
      async check(network) {
        const { answer, give } = patient()
        await using door = await network.serve(answer)

        await assert.rejects(
          ask(network, door.address, { timeoutMs: 30 }),
          withCode('CALL_TIMEOUT'),
        )
        give('late')
      },
    },
    {
      promise: 'says CALL_TIMEOUT only to the question whose time is over',
      async check(network) {
        const { answer, give } = patient()
        await using door = await network.serve(answer)

        const late = [30, 40].map((timeoutMs) => ask(network, door.address, { timeoutMs }))
        const patiently = ask(network, door.address)
        for (const each of late) await assert.rejects(each, withCode('CALL_TIMEOUT'))
        give('in time')

        assert.equal(await patiently, 'in time')
      },
    },
    {
      promise:
        'says CALL_INTERRUPTED to who ends a question early, and tells the process that was asked',
      async check(network) {
        const { answer, asked, give } = patient()
        await using door = await network.serve(answer)
        const ending = new AbortController()

        const answered = ask(network, door.address, { signal: ending.signal })
        const { signal } = await asked
        const told = new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve()),
        )
        ending.abort()

        await assert.rejects(answered, withCode('CALL_INTERRUPTED'))
        await told
        give('late')
      },
    },
    {
      promise: 'closes a door only when what was asked there is answered',
      async check(network) {
        const { answer, asked, give } = patient()
        const door = await network.serve(answer)

        const answered = ask(network, door.address)
        const { signal } = await asked
        const closed = door[Symbol.asyncDispose]()
        // Who waits for something to come is told that nothing will.
        assert.ok(signal.aborted)
        give('the last one')

        assert.equal(await answered, 'the last one')
        await closed
      },
    },
    {
      promise: 'closes a door only when all is answered that was asked there at the same time',
      async check(network) {
        const { answer, asked, give } = patient()
        const door = await network.serve((question) =>
          question.body === 'slow' ? answer(question) : Promise.resolve(question.body),
        )

        const slow = ask(network, door.address, { body: 'slow' })
        const quick = ask(network, door.address, { body: 'quick' })
        await asked
        await quick
        const closed = door[Symbol.asyncDispose]()
        give('the last one')

        assert.equal(await slow, 'the last one')
        await closed
      },
    },
  ],
}
