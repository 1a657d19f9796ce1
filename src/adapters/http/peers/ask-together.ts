// Questions to one process that come within one turn of the event loop are asked with one request; each is answered as
// soon as its answer is there. A request costs both processes more than most questions do.
import type { Readable } from 'node:stream'
import type { PeerQuestion } from '../../../calls/peer.port.ts'
import { DureError } from '../../../language/errors.ts'
import { failed, failure } from './peer-errors.ts'
import { readLine, togetherCharactersMax, togetherMax } from './together-lines.ts'

/** How one process is asked. */
export interface Asking {
  /** Asks one question with a request of its own. */
  readonly askAlone: (question: PeerQuestion) => Promise<string>
  /**
   * Asks questions with one request, and gives the lines of their answers; undefined when the process answers questions
   * one by one only. @throws `CALL_*`, and what the connection throws.
   */
  readonly askTogether: (
    questions: readonly PeerQuestion[],
    signal: AbortSignal,
  ) => Promise<Readable | undefined>
}

interface Asked {
  readonly question: PeerQuestion
  readonly resolve: (answer: string) => void
  readonly reject: (error: DureError) => void
  cancel: () => void
}

/** Asks one process. */
export class Gatherer {
  readonly #asking: Asking
  #gathered: Asked[] = []
  /** Whether the process has said that it answers questions one by one. */
  #isOneByOne = false

  constructor(asking: Asking) {
    this.#asking = asking
  }

  ask(question: PeerQuestion): Promise<string> {
    // Whoever may end a question early has a request to end.
    const isAlone = question.signal !== undefined || question.body.length > togetherCharactersMax
    if (isAlone || this.#isOneByOne) return this.#asking.askAlone(question)
    return new Promise((resolve, reject) => {
      if (this.#gathered.length === 0) setImmediate(() => this.#flush())
      this.#gathered.push({ question, resolve, reject, cancel: () => undefined })
      if (this.#gathered.length >= togetherMax) this.#flush()
    })
  }

  #flush(): void {
    const all = this.#gathered
    this.#gathered = []
    if (all.length > 1) void this.#askTogether(all)
    else for (const each of all) this.#askAlone(each)
  }

  #askAlone({ question, resolve, reject }: Asked): void {
    this.#asking.askAlone(question).then(resolve, reject)
  }

  async #askTogether(all: readonly Asked[]): Promise<void> {
    const open = new Map(all.entries())
    const ending = new AbortController()
    for (const [index, each] of open) {
      const timer = setTimeout(() => {
        open.delete(index)
        each.reject(failed('CALL_TIMEOUT', each.question, { why: 'the time is over' }))
        if (open.size === 0) ending.abort()
      }, each.question.timeoutMs)
      each.cancel = () => clearTimeout(timer)
    }
    try {
      const questions = all.map(({ question }) => question)
      const answers = await this.#asking.askTogether(questions, ending.signal)
      if (answers) await readAnswers(answers, open)
      else this.#goOneByOne(open)
      failAll(open, interrupted('The answer ended too soon.'))
    } catch (error) {
      failAll(open, error)
    }
  }

  #goOneByOne(open: Map<number, Asked>): void {
    this.#isOneByOne = true
    for (const each of open.values()) {
      each.cancel()
      this.#askAlone(each)
    }
    open.clear()
  }
}

async function readAnswers(answers: Readable, open: Map<number, Asked>): Promise<void> {
  let rest = ''
  answers.setEncoding('utf8')
  for await (const chunk of answers) {
    // Why the cast: a stream with an encoding gives texts.
    const lines = (rest + (chunk as string)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) settle(line, open)
  }
}

function settle(text: string, open: Map<number, Asked>): void {
  const line = readLine(text)
  if (!line) throw interrupted('A line of the answer cannot be read.')
  const asked = open.get(line.number)
  // The time of a question may be over before its answer comes.
  if (!asked) return
  open.delete(line.number)
  asked.cancel()
  asked.resolve(line.text)
}

function failAll(open: Map<number, Asked>, error: unknown): void {
  for (const { question, reject, cancel } of open.values()) {
    cancel()
    reject(failure(error, question))
  }
  open.clear()
}

/** What became of a question is not known: its process may have carried it out. */
function interrupted(why: string): DureError {
  return new DureError('CALL_INTERRUPTED', `Questions that were asked together: ${why}`)
}
