// How one process of a system asks another. What is asked is for the capability to know (questions.ts); an adapter
// carries texts there and back.

/** One question to one process. */
export interface PeerQuestion {
  /** Where the process answers: what it told of itself. */
  readonly address: string
  /** What is asked: lower-case letters and hyphens. */
  readonly name: string
  /** Any text, JSON most often. */
  readonly body: string
  /** How long an answer may take, in milliseconds. The process that answers is told. */
  readonly timeoutMs: number
  /** Ends the question early. */
  readonly signal?: AbortSignal
}

/** Carries questions to other processes. Disposing ends those that are on their way. */
export interface PeerTransport extends AsyncDisposable {
  /**
   * Asks, and resolves with the text of the answer.
   *
   * @throws `CALL_UNREACHABLE` when the question was not received: nothing was done.
   * @throws `CALL_INTERRUPTED` when it was sent and no answer came: whether something was done is unknown. Also when it
   * was ended early.
   * @throws `CALL_TIMEOUT` when no answer came in time: whether something was done is unknown.
   * @throws `CALL_DENIED` when the process does not take questions from here.
   * @throws `CALL_TOO_LARGE` when the question or the answer is larger than the adapter carries.
   */
  ask(question: PeerQuestion): Promise<string>
}

/** A question as the process receives it that is asked. */
export interface ReceivedQuestion {
  readonly name: string
  readonly body: string
  /** What is left of the time that the answer may take, in milliseconds. */
  readonly timeoutMs: number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** Answers questions. What it throws is a defect: failures are answers too. */
export type AnswerPeer = (question: ReceivedQuestion) => Promise<string>

/** A process that can be asked. Disposing takes no more questions, and waits for the answers that are being made. */
export interface PeerDoor extends AsyncDisposable {
  /** What others say to reach it. */
  readonly address: string
}
