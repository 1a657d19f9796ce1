// How the address and the id of a command name the step of a saga: `stock/0`, `undo:stock/0`, `undo:stock/0#2`.

/** A step, the way that its command goes, and how often it was sent anew. */
export interface StepName {
  readonly step: string
  readonly undo: boolean
  readonly attempt?: number
}

const undoMark = 'undo:'

/** The name in the address of a command: the same for each attempt. */
export function addressName({ step, undo }: StepName): string {
  return undo ? `${undoMark}${step}` : step
}

/** The name in the id of a command: an attempt of its own is a command of its own. */
export function idName(name: StepName): string {
  const { attempt } = name
  return attempt === undefined ? addressName(name) : `${addressName(name)}#${attempt}`
}

/** Reads the name in an address, or in an id. */
export function parseStepName(name: string): StepName {
  const undo = name.startsWith(undoMark)
  const mark = name.lastIndexOf('#')
  const step = name.slice(undo ? undoMark.length : 0, mark < 0 ? undefined : mark)
  return mark < 0 ? { step, undo } : { step, undo, attempt: Number(name.slice(mark + 1)) }
}

const retryMark = 'retry:'

/** The name of the timer at which a step is sent again. */
export function retryName(step: string): string {
  return `${retryMark}${step}`
}

/** The step that a timer sends again; undefined when it is a deadline. */
export function retriedStep(timer: string): string | undefined {
  return timer.startsWith(retryMark) ? timer.slice(retryMark.length) : undefined
}
