import { DureError, messageOf } from '../../language/errors.ts'
import { placeOf, renderError, reportError } from '../report-error.ts'
import { printNote } from '../terminal.ts'

const signalNumbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/**
 * Signals that come closer together than this are one, for a process that was started over a channel: who started it
 * passes on what was sent to both of them.
 */
const oneSignalMs = 300

/**
 * Ends the process with 0 once `stop` is done, when the first signal comes; a second signal ends it at once.
 *
 * A process that was started over a channel also stops when the one that started it is gone.
 */
export function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false
  let heardAtMs = Number.NEGATIVE_INFINITY
  for (const [signal, number] of Object.entries(signalNumbers)) {
    process.on(signal, () => {
      const isSame = process.connected && performance.now() - heardAtMs < oneSignalMs
      heardAtMs = performance.now()
      if (isStopping && !isSame) process.exit(128 + number)
      if (isStopping) return
      isStopping = true
      void endAfter(stop)
    })
  }
  process.on('disconnect', () => {
    if (isStopping) return
    isStopping = true
    void endAfter(stop)
  })
  process.channel?.unref()
}

/** Disposing it leaves signals to Node again. */
export interface HeardSignals extends Disposable {
  /** The number of the signal that came. */
  heard(): number | undefined
  /** Calls `stop` when a signal comes, and at once when one has come; nobody else is called any more. */
  tell(stop: () => void): void
}

/** Hears the first signal; a second one ends the process at once. */
export function hearSignals(): HeardSignals {
  let heard: number | undefined
  let stop: () => void = () => undefined
  const listeners = Object.entries(signalNumbers).map(([signal, number]) => {
    const listen = (): void => {
      if (heard !== undefined) process.exit(128 + number)
      heard = number
      stop()
    }
    process.on(signal, listen)
    return () => void process.off(signal, listen)
  })
  return {
    heard: () => heard,
    tell(told) {
      stop = told
      if (heard !== undefined) stop()
    },
    [Symbol.dispose]() {
      for (const release of listeners) release()
    },
  }
}

/** Ends the process: with 0 when `stop` was done, with 1 when it failed. */
export async function endAfter(stop: () => Promise<void>): Promise<never> {
  try {
    await stop()
  } catch (thrown) {
    process.exit(reportError(thrown))
  }
  process.exit(0)
}

/** Ends the process with 1 and one line when an error was caught by nobody: what it has left behind cannot be trusted. */
export function endOnCrash(): void {
  process.on('uncaughtException', (thrown: unknown) => {
    const place = placeOf(thrown)
    const where = place === undefined ? '' : ` (${place})`
    const code = thrown instanceof DureError ? thrown.code : 'INTERNAL_DEFECT'
    const message = `The process ends because nobody caught an error: ${messageOf(thrown)}${where}`
    printNote(renderError(new DureError(code, message)))
    if (process.env['DURE_DEBUG'] && thrown instanceof Error) printNote(thrown.stack ?? '')
    process.exit(1)
  })
}
