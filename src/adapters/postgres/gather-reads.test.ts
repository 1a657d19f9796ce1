import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SnapshotRead } from '../../log/store.port.ts'
import { gatherReads } from './gather-reads.ts'
import type { AnswerReads } from './snapshot-reads.ts'

const stream = (name: string): SnapshotRead => ({ kind: 'stream', stream: name })
const page: SnapshotRead = { kind: 'list', view: 'v', limit: 10 }

interface Statement {
  readonly reads: readonly SnapshotRead[]
  readonly answer: () => void
  readonly fail: (error: Error) => void
}

function watch(): { readonly ask: AnswerReads; readonly statements: Statement[] } {
  const statements: Statement[] = []
  const ask = gatherReads(
    (reads) =>
      new Promise((resolve, fail) => {
        const answers = reads.map((read) => ({
          kind: 'stream' as const,
          stream: {
            stream: 'stream' in read ? read.stream : '',
            version: 1,
            stateAt: 0,
            events: [],
          },
        }))
        statements.push({ reads, answer: () => resolve(answers), fail })
      }),
  )
  return { ask, statements }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('gathered reads', () => {
  it('go at once when nothing is on its way, those of one turn together', async () => {
    const { ask, statements } = watch()

    const asked = [ask([stream('a')]), ask([stream('b'), stream('c')])]
    await turn()

    assert.deepEqual(
      statements.map(({ reads }) => reads.length),
      [3],
    )
    statements[0]?.answer()
    const answers = await Promise.all(asked)
    assert.deepEqual(
      answers.map((each) => each.map((one) => one.kind === 'stream' && one.stream.stream)),
      [['a'], ['b', 'c']],
    )
  })

  it('wait while two statements are on their way, and then go together', async () => {
    const { ask, statements } = watch()
    const asked: Promise<unknown>[] = []
    for (const name of ['a', 'b', 'c', 'd']) {
      asked.push(ask([stream(name)]))
      await turn()
    }
    assert.equal(statements.length, 2)

    statements[0]?.answer()
    await turn()

    assert.deepEqual(
      statements.map(({ reads }) => reads.length),
      [1, 1, 2],
    )
    for (const { answer } of statements) answer()
    await Promise.all(asked)
  })

  it('are so many in one statement, and pages go alone', async () => {
    const { ask, statements } = watch()
    const asked = Array.from({ length: 300 }, (_, index) => ask([stream(String(index))]))
    asked.push(ask([page]))
    await turn()

    assert.deepEqual(
      statements.map(({ reads }) => reads.length),
      [1, 256],
    )
    for (let index = 0; index < 3; index += 1) {
      statements[index]?.answer()
      await turn()
    }
    await Promise.all(asked)
    assert.deepEqual(
      statements.map(({ reads }) => reads.length),
      [1, 256, 44],
    )
  })

  it('fail together when their statement does, and those after them are asked', async () => {
    const { ask, statements } = watch()
    const asked = [ask([stream('a')]), ask([stream('b')])]
    await turn()

    statements[0]?.fail(new Error('cut off'))

    for (const each of asked) await assert.rejects(each, /cut off/)
    const next = ask([stream('c')])
    await turn()
    statements[1]?.answer()
    assert.equal((await next).length, 1)
  })
})
