import { openApi } from '../../../gateway/index.ts'
import type { System } from '../../../language/system.ts'
import type { IdleReport, RunningSystem } from '../../../runtime/running-system.port.ts'
import { renderJson } from '../answer/answer-operation.ts'
import { type Answer, jsonType } from '../answer/send.ts'
import type { ServedRoute } from '../served-route.ts'

export interface SystemPagesOptions {
  readonly system: System
  readonly running: RunningSystem
  readonly isStopping: () => boolean
  readonly defaultRoutes: boolean
}

/** The pages about the system itself: `/health`, `/idle` and `/openapi.json`. */
export function systemPages(options: SystemPagesOptions): readonly ServedRoute[] {
  const { system, running } = options
  let document: string | undefined
  return [
    page('/health', () => health(options)),
    page('/idle', async () => renderJson(200, shortIdle(await running.idle()))),
    page('/openapi.json', async () => {
      document ??= JSON.stringify(openApi(system, { defaultRoutes: options.defaultRoutes }))
      return { status: 200, contentType: jsonType, body: document }
    }),
  ]
}

/** A page that is read and nothing else. */
export function page(path: string, answer: () => Promise<Answer>): ServedRoute {
  return {
    method: 'GET',
    path,
    takesBody: false,
    takesQuery: true,
    bodyBytesMax: 0,
    isAlwaysOpen: path === '/health',
    isWork: false,
    answer,
  }
}

async function health({ system, running, isStopping }: SystemPagesOptions): Promise<Answer> {
  if (isStopping()) return renderJson(503, { status: 'stopping', system: system.name })
  const { services } = await running.status()
  const found = new Map(services.map((each) => [each.name, each.failing ?? 'up']))
  const states = system.services.map(({ name }) => [name, found.get(name) ?? 'down'] as const)
  const status = statusOf(states.map(([, state]) => state))
  return renderJson(status === 'ok' ? 200 : 503, {
    status,
    system: system.name,
    services: Object.fromEntries(states),
  })
}

function statusOf(states: readonly string[]): 'ok' | 'degraded' | 'failing' {
  if (states.includes('down')) return 'failing'
  return states.every((state) => state === 'up') ? 'ok' : 'degraded'
}

function shortIdle({ idle, services }: IdleReport): IdleReport {
  const short = Object.entries(services).map(([name, each]) => {
    const { relayLag, inboxLag, timersDue, sagasOpen, parked, brokerFailing } = each
    const told = brokerFailing === undefined ? {} : { brokerFailing }
    return [name, { relayLag, inboxLag, timersDue, sagasOpen, parked, ...told }] as const
  })
  return { idle, services: Object.fromEntries(short) }
}
