// Reads that are asked for while others are on their way are answered together, by one statement: a command that misses
// a state costs a share of a round trip where many do.
import type { SnapshotAnswer, SnapshotRead } from '../../log/store.port.ts'
import type { AnswerReads } from './snapshot-reads.ts'

/** Statements that are on their way at once, before reads are held back to go together. */
const onTheWayMax = 2
/** Reads of one statement. */
const gatheredReadsMax = 256

interface Waiting {
  readonly reads: readonly SnapshotRead[]
  readonly resolve: (answers: readonly SnapshotAnswer[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers reads of single things. Each caller's reads are answered from one snapshot, as before; pages go alone, so that a
 * long one holds up nobody.
 */
export function gatherReads(answer: AnswerReads): AnswerReads {
  const waiting: Waiting[] = []
  let onTheWay = 0

  const send = async (asked: readonly Waiting[]): Promise<void> => {
    onTheWay += 1
    try {
      const answers = await answer(asked.flatMap(({ reads }) => reads))
      let begin = 0
      for (const { reads, resolve } of asked) {
        resolve(answers.slice(begin, begin + reads.length))
        begin += reads.length
      }
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
    onTheWay -= 1
    sendNext()
  }
  const sendNext = (): void => {
    if (waiting.length > 0 && onTheWay < onTheWayMax) void send(takeGroup(waiting))
  }

  return (reads) => {
    if (reads.length > gatheredReadsMax || !reads.every(isSingle)) return answer(reads)
    return new Promise((resolve, reject) => {
      waiting.push({ reads, resolve, reject })
      // What is asked for in the same turn goes together.
      if (waiting.length === 1) queueMicrotask(sendNext)
    })
  }
}

function isSingle({ kind }: SnapshotRead): boolean {
  return kind === 'get' || kind === 'stream'
}

function takeGroup(waiting: Waiting[]): readonly Waiting[] {
  let count = 0
  const end = waiting.findIndex(({ reads }) => (count += reads.length) > gatheredReadsMax)
  return waiting.splice(0, end < 0 ? waiting.length : end)
}
