import { DureError } from '../language/errors.ts'
import { topicOf } from '../messaging/relay.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { ConsistencyToken, QueryOptions } from '../runtime/running-system.port.ts'
import type { ServiceRuntime } from '../runtime/service-runtime.ts'
import { isViewConsumer, viewConsumer } from './follow-view.ts'

/** How long a query waits for a consistency token when it has no deadline, in milliseconds. */
export const tokenWaitMsMax = 5_000

/** How often it is looked how far other replicas have come, in milliseconds. */
const othersMs = 50

export interface WaitForTokenOptions {
  readonly runtime: ServiceRuntime
  readonly clock: Clock
  readonly asked: QueryOptions
  /** Last positions of a service's log, by partition; none when the system has no such service. */
  readonly head: (service: string) => Promise<readonly number[]>
  /** Calls back once, after something moved on. */
  readonly onProgress: (wake: () => void) => void
}

/**
 * Waits until the views of a service have taken the logs up to a consistency token.
 *
 * What a token says of services that the system does not have is passed over.
 *
 * @throws `VIEW_TOKEN_INVALID` at once when a log has not come so far: no command was answered with such a position.
 * @throws `VIEW_TOKEN_TIMEOUT` when they have not before the deadline.
 */
export async function waitForToken(options: WaitForTokenOptions): Promise<void> {
  const { runtime, clock, asked } = options
  await assertHandedOut(asked.token ?? {}, options.head)
  const deadlineMs = asked.deadlineMs ?? clock.nowMs() + tokenWaitMsMax
  for (;;) {
    await runtime.parts.noteOthers()
    const late = lateSource(runtime, asked)
    if (late === undefined) return
    const leftMs = deadlineMs - clock.nowMs()
    if (leftMs <= 0) throw timeout(runtime.name, late)
    await new Promise<void>((resolve) => {
      // What other replicas take care of moves on without a word.
      const { shared } = runtime.parts.store.supports
      const cancel = clock.after(shared ? Math.min(leftMs, othersMs) : leftMs, resolve)
      options.onProgress(() => {
        cancel()
        resolve()
      })
    })
  }
}

async function assertHandedOut(
  token: ConsistencyToken,
  head: WaitForTokenOptions['head'],
): Promise<void> {
  for (const [topic, position] of Object.entries(token)) {
    const slash = topic.lastIndexOf('/')
    const heads = await head(topic.slice(0, slash))
    const isAhead = position > (heads[Number(topic.slice(slash + 1))] ?? 0)
    if (heads.length > 0 && isAhead) throw invalid(topic)
  }
}

function lateSource({ parts }: ServiceRuntime, asked: QueryOptions): string | undefined {
  const { catalogue, model } = parts
  const present = new Set(model.service.views.map((view) => viewConsumer(catalogue.nameOf(view))))
  for (const { name, consumers } of parts.followings()) {
    // What is being built anew is read by nobody yet.
    if (isViewConsumer(name) && !present.has(name)) continue
    for (const { source, partition, position } of consumers) {
      if (position < (asked.token?.[topicOf(source, partition)] ?? 0)) return source
    }
  }
  return undefined
}

function invalid(topic: string): DureError {
  return new DureError(
    'VIEW_TOKEN_INVALID',
    `The log "${topic}" has not come as far as the consistency token says: it is of another system, or of before the log was erased. Ask without the token.`,
    { details: { topic } },
  )
}

function timeout(service: string, source: string): DureError {
  return new DureError(
    'VIEW_TOKEN_TIMEOUT',
    `The views of "${service}" have not reached what the consistency token says of "${source}". Try again, or ask without the token.`,
    { details: { service, source } },
  )
}
