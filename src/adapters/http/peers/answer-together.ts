// Answers questions that were asked with one request: each as soon as its answer is there.
import type { ServerResponse } from 'node:http'
import type { AnswerPeer, ReceivedQuestion } from '../../../calls/peer.port.ts'
import { peerTimeoutMsMax } from './peer-wire.ts'
import { readQuestions, writeLine } from './together-lines.ts'

/** Answers all of them; false when they cannot be read, and nothing was done. */
export function answerTogether(
  { body, signal }: Pick<ReceivedQuestion, 'body' | 'signal'>,
  answer: AnswerPeer,
  outgoing: ServerResponse,
): Promise<void> | undefined {
  const asked = readQuestions(body)
  if (!asked) return undefined
  let lines = ''
  // Answers that come within one turn are sent together.
  const send = (): void => {
    if (lines !== '') outgoing.write(lines)
    lines = ''
  }
  const answerOne = async (index: number): Promise<void> => {
    const question = asked[index]
    if (!question) return
    const timeoutMs = Math.min(question.timeoutMs, peerTimeoutMsMax)
    const text = await answer({ ...question, timeoutMs, signal })
    if (lines === '') setImmediate(send)
    lines += writeLine(index, text)
  }
  return Promise.all(asked.map((_, index) => answerOne(index))).then(() => {
    outgoing.end(lines)
    lines = ''
  })
}
