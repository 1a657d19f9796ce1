import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryPeers } from '../adapters/memory/peers.ts'
import { DureError } from '../language/errors.ts'
import { callLimits, createPeerCaller, type PeerCaller } from './call-peers.ts'
import { createDirectory } from './directory.ts'
import type { AnswerPeer, PeerTransport } from './peer.port.ts'
import { answerText, errorText, readAnswer } from './questions.ts'

const withCode = (code: string) => (error: unknown) =>
  error instanceof DureError && error.code === code
const call = { name: 'greet', body: '{}' }

function openBench(limits: Partial<typeof callLimits> = {}) {
  const clock = virtualClock()
  const peers = memoryPeers(clock)
  const directory = createDirectory()
  const make = (transport: PeerTransport): PeerCaller =>
    createPeerCaller({ transport, directory, clock, limits })
  /** Says who answered. */
  const named =
    (name: string): AnswerPeer =>
    async () =>
      answerText(name)
  return { clock, peers, directory, caller: make(peers.transport), make, named }
}

describe('a call to a service of other processes', () => {
  it('goes to its instances in turns', async () => {
    const { peers, directory, caller, named } = openBench()
    const one = await peers.serve(named('one'))
    const two = await peers.serve(named('two'))
    directory.tell({ stock: [one.address, two.address] })

    const answers: string[] = []
    for (let count = 0; count < 4; count += 1)
      answers.push(String(readAnswer(await caller.ask('stock', call))))

    const byOne = answers.filter((name) => name === 'one')
    assert.deepEqual([byOne.length, answers.length], [2, 4])
  })

  it('waits for an instance, and is answered as soon as there is one', async () => {
    const { peers, directory, caller, named } = openBench()

    const asked = caller.ask('stock', call)
    const door = await peers.serve(named('late'))
    directory.tell({ stock: [door.address] })

    assert.equal(readAnswer(await asked), 'late')
  })

  it('leaves an instance alone that cannot be reached, for restMs up to restMsMax', async () => {
    const { clock, peers, directory, caller, named } = openBench()
    directory.tell({ stock: ['memory:nowhere'] })

    const asked = caller.ask('stock', { ...call, deadlineMs: clock.nowMs() + 60_000 })
    // It was tried again and again by then, ever more seldom.
    await clock.advance(30_000)
    const door = await peers.serve(named('back'))
    directory.tell({ stock: ['memory:nowhere', door.address] })

    assert.equal(readAnswer(await asked), 'back')
  })

  it('is given up at its deadline, and says who did not answer', async () => {
    const { clock, directory, caller } = openBench()
    directory.tell({ stock: ['memory:nowhere'] })

    const asked = assert.rejects(caller.ask('stock', call), withCode('CALL_UNANSWERED'))
    await clock.advance(callLimits.timeoutMs + callLimits.restMsMax)

    await asked
  })

  it('goes to another instance when one stops', async () => {
    const { peers, directory, caller, named } = openBench()
    const stopping = await peers.serve(async () =>
      errorText(new DureError('SYSTEM_STOPPING', 'It stops.')),
    )
    const other = await peers.serve(named('other'))
    directory.tell({ stock: [stopping.address, other.address] })

    for (let count = 0; count < 4; count += 1)
      assert.equal(readAnswer(await caller.ask('stock', call)), 'other')
  })

  it('is asked attemptsMax times when its answers are lost, and no more', async () => {
    let attempts = 0
    const { clock, directory, make } = openBench()
    const caller = make({
      async ask() {
        attempts += 1
        throw new DureError('CALL_INTERRUPTED', 'The line is cut.')
      },
      [Symbol.asyncDispose]: async () => undefined,
    })
    directory.tell({ stock: ['memory:1'] })

    const asked = assert.rejects(caller.ask('stock', call), withCode('CALL_INTERRUPTED'))
    await clock.advance(5_000)
    await asked

    assert.equal(attempts, callLimits.attemptsMax)
  })

  it('is refused beyond inFlightMax to each instance', async () => {
    const { peers, directory, caller } = openBench({ inFlightMax: 2 })
    const given = Promise.withResolvers<string>()
    const door = await peers.serve(() => given.promise)
    directory.tell({ stock: [door.address] })

    const first = [caller.ask('stock', call), caller.ask('stock', call)]
    await assert.rejects(caller.ask('stock', call), withCode('CALL_OVERLOADED'))
    given.resolve(answerText('done'))

    assert.deepEqual((await Promise.all(first)).map(readAnswer), ['done', 'done'])
  })

  it('gives what the service says, failures too', async () => {
    const { peers, directory, caller } = openBench()
    const details = { type: 'stock.reserve' }
    const door = await peers.serve(async () =>
      errorText(new DureError('COMMAND_INPUT_INVALID', 'It does not fit.', { details })),
    )
    directory.tell({ stock: [door.address] })

    await assert.rejects(caller.ask('stock', call), (error: unknown) => {
      assert.ok(error instanceof DureError)
      assert.deepEqual(
        [error.code, error.message, error.details],
        ['COMMAND_INPUT_INVALID', 'It does not fit.', details],
      )
      return true
    })
  })

  it('does not take what is no answer for one', () => {
    for (const text of ['', '{}', '[1]', '"yes"', '{"answer"'])
      assert.throws(() => readAnswer(text), withCode('CALL_INTERRUPTED'), text)
  })
})
