import { runChild } from './child.ts'
import type { Step, StepRequest, StepResult } from './step.ts'
import { listTypeScript, narrow } from './test-files.ts'

export interface Tool {
  readonly name: string
  readonly says: string
  readonly isQuick: boolean
  /** The arguments for Node: the tool's own file and its options. */
  readonly args: readonly string[]
  /** Whether files and folders can follow the arguments; a tool that cannot always looks at everything. */
  readonly takesPaths: boolean
  /** Reads from the output how many files the tool saw; `undefined` when it does not say. */
  readonly countSeen: (output: string, root: string) => number | undefined
}

const silenceMs = 120_000

/**
 * Makes a step of a tool: one finding, right or wrong.
 *
 * A tool that saw fewer files than the repository has is wrong, however green: a misread setting can make
 * a checker look at nothing and be content.
 */
export function defineToolStep(tool: Tool): Step {
  const { name, says, isQuick } = tool
  return { name, says, isQuick, run: (request) => runTool(tool, request) }
}

async function runTool(tool: Tool, { root, paths, print }: StepRequest): Promise<StepResult> {
  const narrowed = tool.takesPaths ? paths : []
  const { code, output } = await runToCompletion(root, [...tool.args, ...targets(tool, paths)])
  const seen = tool.countSeen(output, root) ?? 0
  const wanted = narrow(listTypeScript(root), narrowed).length
  const isBlind = seen < wanted
  const isRight = code === 0 && !isBlind
  if (!isRight) print(output)
  if (isBlind) print(`${tool.name} saw ${seen} files, but there are ${wanted}.`)
  const looked = `${seen} files`
  return { passed: isRight ? 1 : 0, failed: isRight ? 0 : 1, skipped: [], looked }
}

function targets(tool: Tool, paths: readonly string[]): readonly string[] {
  if (!tool.takesPaths) return []
  return paths.length === 0 ? ['.'] : paths
}

async function runToCompletion(
  root: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  let output = ''
  const onOutput = (chunk: string): void => {
    output += chunk
  }
  const { code } = await runChild({ args, root, silenceMs, onOutput })
  return { code, output }
}
