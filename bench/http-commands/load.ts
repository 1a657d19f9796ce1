import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { chooseLoader, type Measured } from '../http/load.ts'

export interface Load {
  readonly port: number
  readonly method: 'GET' | 'POST'
  /** `ORDER` in the path and in the body becomes one of a thousand orders in turn. */
  readonly path: string
  readonly body?: string
}

const connections = 64
const run = promisify(execFile)

/** Puts load on a server for some seconds: wrk where it is installed, else autocannon with one order. */
export async function measure(load: Load, seconds: number): Promise<Measured> {
  const { name, load: fallback } = await chooseLoader()
  const base = `http://127.0.0.1:${load.port}`
  if (name !== 'wrk') {
    const [path, body] = [load.path, load.body].map((each) => each?.replaceAll('ORDER', 'order-1'))
    return fallback(
      { url: base + path, method: load.method, ...(body !== undefined && { body }) },
      seconds,
    )
  }
  const { BODY: _body, ...environment } = process.env
  const { stdout } = await run(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', `${import.meta.dirname}/load.lua`, base],
    {
      env: {
        ...environment,
        METHOD: load.method,
        TARGET: load.path,
        ...(load.body !== undefined && { BODY: load.body }),
      },
    },
  )
  return parseResult(stdout)
}

function parseResult(stdout: string): Measured {
  const line = stdout.split('\n').find((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`wrk gave no result: ${stdout}`)
  const { requests, micros, p50, p99, failed } = JSON.parse(line) as Record<string, number>
  if (failed !== 0) throw new Error(`${failed} requests failed`)
  return {
    perSecond: ((requests ?? 0) * 1e6) / (micros ?? 1),
    p50Ms: (p50 ?? 0) / 1000,
    p99Ms: (p99 ?? 0) / 1000,
  }
}
