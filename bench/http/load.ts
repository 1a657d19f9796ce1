import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type Target = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly body?: string
}

export type Measured = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

type Loader = (target: Target, seconds: number) => Promise<Measured>

const CONNECTIONS = 64

const JSON_TYPE = 'application/json'

const run = promisify(execFile)

/** wrk where it is installed, for it costs the least; else autocannon, also in its own process. */
export async function chooseLoader(): Promise<{ name: string; load: Loader }> {
  const found = await run('wrk', ['-v']).catch((error: { code?: unknown }) => error)
  const missing = 'code' in found && found.code === 'ENOENT'
  return missing ? { name: 'autocannon', load: autocannon } : { name: 'wrk', load: wrk }
}

async function wrk(target: Target, seconds: number): Promise<Measured> {
  const script = `${import.meta.dirname}/load.lua`
  const { BODY: _, ...environment } = process.env
  const { stdout } = await run(
    'wrk',
    ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, target.url],
    {
      env: {
        ...environment,
        METHOD: target.method,
        ...(target.body !== undefined && { BODY: target.body }),
      },
    },
  )
  const line = stdout.split('\n').find((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`wrk gave no result for ${target.url}`)
  const result = JSON.parse(line) as {
    requests: number
    micros: number
    p50: number
    p99: number
    failed: number
  }
  if (result.failed > 0) throw new Error(`${result.failed} requests to ${target.url} failed`)
  return {
    perSecond: (result.requests * 1e6) / result.micros,
    p50Ms: result.p50 / 1000,
    p99Ms: result.p99 / 1000,
  }
}

async function autocannon(target: Target, seconds: number): Promise<Measured> {
  const program = fileURLToPath(import.meta.resolve('autocannon'))
  const options = ['-j', '-n', '-c', `${CONNECTIONS}`, '-d', `${seconds}`, '-m', target.method]
  if (target.body !== undefined) options.push('-H', `content-type=${JSON_TYPE}`, '-b', target.body)
  const { stdout } = await run(process.execPath, [program, ...options, target.url])
  const result = JSON.parse(stdout) as {
    requests: { average: number }
    latency: { p50: number; p99: number }
    errors: number
    non2xx: number
  }
  const failed = result.errors + result.non2xx
  if (failed > 0) throw new Error(`${failed} requests to ${target.url} failed`)
  return {
    perSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}
