import type { IncomingMessage, ServerResponse } from 'node:http'
import { DureError, messageOf } from '../../language/errors.ts'
import { statusOf } from './answer/problem.ts'
import { renderRefusal } from './answer/refusal.ts'
import { type Answer, sendAndLinger, sendAnswer } from './answer/send.ts'
import type { Connection } from './connections.ts'
import type { HttpContext } from './context.ts'
import { admitRequest } from './request/admission.ts'
import {
  type BodyReceiver,
  checkAnnouncedSize,
  checkMediaType,
  hasBody,
  receiveBody,
} from './request/body.ts'
import { checkIdempotencyKey } from './request/command-id.ts'
import { decodeToken } from './request/consistency-token.ts'
import { allHeaders, type KnownHeaders } from './request/headers.ts'
import { ReceivedRequest } from './request/received-request.ts'
import { parseQuery, parseTarget } from './request/target.ts'
import { resolveDeadline } from './request/deadline.ts'
import { readTrace } from './request/trace.ts'
import type { Found } from './route-table.ts'
import type { Caller, ServedRoute } from './served-route.ts'

const nobody: Caller = Object.freeze({})

/** One request and its one answer. */
export class Exchange implements BodyReceiver {
  readonly #context: HttpContext
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  readonly #connection: Connection
  readonly #startMs: number
  /** Set by admission: nothing after it runs without them. */
  #headers!: KnownHeaders
  #found!: Found<ServedRoute>
  #query: Readonly<Record<string, string>> = {}
  #deadlineMs: number
  #caller = nobody
  #isAnswered = false
  /** Whether bytes of this request may still arrive: refused then, it takes the connection with it. */
  #isArriving = true

  constructor(context: HttpContext, incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#context = context
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#connection = context.connections.enter(outgoing, this)
    this.#startMs = context.clock.nowMs()
    this.#deadlineMs = this.#startMs + context.limits.answerTimeoutMsMax
  }

  /** Takes the request. Whatever goes wrong becomes its answer. */
  begin(expectsContinue: boolean): void {
    const { inFlight, limits } = this.#context
    const isFull = inFlight.size >= limits.requestsInFlightMax
    inFlight.add(this)
    try {
      this.#admit(isFull)
      this.#identify(expectsContinue)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Takes the request only to refuse it. */
  beginRefused(error: DureError): void {
    this.#fail(error)
  }

  #admit(isFull: boolean): void {
    const { limits, rules, routes, isStopping } = this.#context
    const { method = '', url = '' } = this.#incoming
    if (isFull || this.#connection.open > limits.pipelinedMax) throw overloaded()
    const headers = admitRequest(this.#incoming, limits, rules)
    this.#headers = headers
    const target = parseTarget(url)
    this.#isArriving = hasBody(headers)
    const found = routes.find(method, target.path)
    this.#found = found
    if (isStopping && !found.route.isAlwaysOpen) throw stopping()
    if (this.#isArriving && !found.route.takesBody) throw invalid('This route takes no body.')
    if (target.query !== '') this.#query = this.#readQuery(target.query, found.route)
    this.#deadlineMs = resolveDeadline(
      headers.requestTimeoutMs,
      this.#startMs,
      limits.answerTimeoutMsMax,
    )
  }

  #readQuery(query: string, route: ServedRoute): Readonly<Record<string, string>> {
    const texts = parseQuery(query, this.#context.limits.queryParametersMax)
    if (!route.takesQuery) throw invalid('This route takes no query parameters.')
    return texts
  }

  #identify(expectsContinue: boolean): void {
    const { identify } = this.#context
    if (!identify) return this.#receive(expectsContinue)
    const identified = identify({ headers: allHeaders(this.#incoming.rawHeaders) })
    Promise.resolve(identified)
      .then((caller) => {
        if (!caller) throw new DureError('HTTP_CALLER_UNKNOWN', 'Say who you are, and prove it.')
        this.#caller = caller
        // Why the question: the request may have been given up while its caller was looked up.
        if (!this.#isAnswered) this.#receive(expectsContinue)
      })
      .catch((error: unknown) => this.#fail(error))
  }

  #receive(expectsContinue: boolean): void {
    if (!this.#isArriving) return this.#answer()
    const { bodyBytesMax } = this.#found.route
    checkMediaType(this.#headers)
    checkAnnouncedSize(this.#headers, bodyBytesMax)
    if (expectsContinue) this.#outgoing.writeContinue()
    this.#connection.receiving = this
    receiveBody(this.#incoming, bodyBytesMax, this)
  }

  onBody(bytes: Uint8Array): void {
    // Why the question: a request that was given up goes on arriving, and must not be carried out after that.
    if (this.#isAnswered) return
    this.#connection.receiving = undefined
    this.#isArriving = false
    try {
      this.#answer(bytes.length === 0 ? undefined : this.#context.readJson(bytes))
    } catch (error) {
      this.#fail(error)
    }
  }

  onBodyRefused(error: DureError): void {
    this.#fail(error)
  }

  onClientGone(): void {
    if (this.#isAnswered || !this.#isArriving) return
    this.#finish()
  }

  /** Refuses a request of which the rest cannot be read. */
  refuse(error: DureError): void {
    this.#isArriving = false
    this.#connection.isBroken = true
    this.#fail(error)
  }

  expireAt(nowMs: number): void {
    if (nowMs <= this.#deadlineMs) return
    this.#fail(
      new DureError(
        'HTTP_ANSWER_TIMEOUT',
        'The answer was not ready in time. A command may still take effect: send it again under the same Idempotency-Key to learn its outcome.',
      ),
    )
  }

  #answer(body?: unknown): void {
    const { route, params } = this.#found
    const headers = this.#headers
    const request = new ReceivedRequest(params, this.#query, this.#incoming.rawHeaders)
    request.body = body
    const call = {
      request,
      caller: this.#caller,
      deadlineMs: this.#deadlineMs,
      idempotencyKey: checkIdempotencyKey(headers.idempotencyKey),
      token: decodeToken(headers.consistencyToken),
      trace: readTrace(headers.traceparent),
    }
    if (route.isWork) this.#context.turnstile.enter()
    route.answer(call).then(
      (answer) => {
        this.#sendOrFail(answer)
        this.#leave(route)
      },
      (error: unknown) => {
        this.#fail(error)
        this.#leave(route)
      },
    )
  }

  #leave({ isWork }: ServedRoute): void {
    if (isWork) this.#context.turnstile.leave()
  }

  #sendOrFail(answer: Answer): void {
    try {
      this.#send(answer.status === 405 ? this.#withAllow(answer) : answer)
    } catch (error) {
      // A route gave a header that HTTP does not allow: nothing is written yet.
      this.#isAnswered = false
      this.#fail(error)
    }
  }

  /** HTTP wants every 405 to name the methods of its path, also when the route itself says 405. */
  #withAllow(answer: Answer): Answer {
    const { headers = [] } = answer
    if (headers.some((each, index) => index % 2 === 0 && each === 'allow')) return answer
    const { path } = parseTarget(this.#incoming.url ?? '')
    const methods = this.#context.routes.methodsOf(path).join(', ')
    return { ...answer, headers: [...headers, 'allow', methods] }
  }

  #fail(thrown: unknown): void {
    if (this.#isAnswered) return
    const error = asDureError(thrown)
    const requestId = statusOf(error) === 500 ? this.#context.clock.newId() : undefined
    if (requestId !== undefined) this.#report(error, requestId)
    this.#send(renderRefusal(error, requestId))
  }

  #report(error: DureError, requestId: string): void {
    const { method } = this.#incoming
    const cause = error.cause instanceof Error ? error.cause.stack : undefined
    this.#context.report({
      level: 'error',
      message: `A request failed: ${error.message}`,
      details: {
        code: error.code,
        requestId,
        method,
        route: this.#incoming.url?.split('?', 1)[0]?.slice(0, 200),
        cause,
      },
    })
  }

  #send(answer: Answer): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    const complete = this.#closes() ? { ...answer, closes: true } : answer
    if (this.#isArriving) this.#lingerAfter(sendAndLinger(this.#outgoing, complete))
    else sendAnswer(this.#outgoing, complete)
    this.#finish()
  }

  /** Only the newest request may end the connection: answers to others may have to follow this one. */
  #closes(): boolean {
    if (this.#isArriving) return true
    const { isBroken, newest, requests } = this.#connection
    const { limits, isStopping, isDraining } = this.#context
    const isLast = requests >= limits.requestsPerConnectionMax
    return (isLast || isBroken || isStopping || isDraining) && newest === this
  }

  /**
   * Reads on for a while after a refusal, and throws away what comes.
   *
   * Closing at once would reset the connection, and the client could lose the refusal with it.
   */
  #lingerAfter(end: () => void): void {
    this.#connection.isEnding = true
    const cancel = this.#context.clock.after(this.#context.limits.lingerMs, end)
    const endNow = (): void => {
      cancel()
      end()
    }
    this.#incoming.once('end', endNow)
    this.#incoming.once('close', endNow)
    this.#incoming.on('error', endNow)
    this.#incoming.resume()
  }

  #finish(): void {
    this.#isAnswered = true
    if (this.#connection.receiving === this) this.#connection.receiving = undefined
    this.#context.inFlight.delete(this)
  }
}

function asDureError(thrown: unknown): DureError {
  if (thrown instanceof DureError) return thrown
  return new DureError('INTERNAL_DEFECT', messageOf(thrown), { cause: thrown })
}

function invalid(message: string): DureError {
  return new DureError('HTTP_REQUEST_INVALID', message)
}

function overloaded(): DureError {
  return new DureError(
    'HTTP_OVERLOADED',
    'The server answers as many requests as it may. Try again shortly.',
  )
}

function stopping(): DureError {
  return new DureError('SYSTEM_STOPPING', 'The server is stopping. Try again when it runs.')
}
