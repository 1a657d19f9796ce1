import { spawn } from 'node:child_process'

export interface ChildRequest {
  /** Arguments for the running Node. */
  readonly args: readonly string[]
  readonly root: string
  /** The longest silence before the child and everything that it started is ended. */
  readonly silenceMs: number
  readonly onOutput: (chunk: string, stream: 'stdout' | 'stderr') => void
}

export interface ChildEnd {
  /** 0 when all went well. */
  readonly code: number
  /** Set when the child said nothing for too long and was ended. */
  readonly wasSilent: boolean
}

/** Runs Node as a child in its own process group, so that nothing that it started outlives it. */
export async function runChild(request: ChildRequest): Promise<ChildEnd> {
  const child = spawn(process.execPath, request.args, {
    cwd: request.root,
    detached: true,
    // Without this a run that was itself started by a test would report to that test and not to us.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let wasSilent = false
  const endGroup = (): void => killGroup(child.pid)
  const interrupt = (signal: NodeJS.Signals): void => {
    endGroup()
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  const watchdog = setTimeout(() => {
    wasSilent = true
    endGroup()
  }, request.silenceMs)
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      watchdog.refresh()
      request.onOutput(chunk, stream)
    })
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  })
  clearTimeout(watchdog)
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  return { code, wasSilent }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
