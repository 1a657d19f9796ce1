import { assertThat } from '../../language/errors.ts'

/** One promise of a port, as text for the reference and as a check for every adapter. */
export interface PortPromise<Subject> {
  readonly promise: string
  /** Fails when the promise is broken. Gets a fresh subject. */
  readonly check: (subject: Subject) => Promise<void> | void
}

/** What every adapter of a port keeps. */
export interface PortContract<Subject> {
  readonly port: string
  readonly promises: readonly PortPromise<Subject>[]
}

/** The part of a test runner that a contract needs. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (
    name: string,
    options: { readonly skip?: string },
    body: () => Promise<void>,
  ) => unknown
}

export interface ContractRun<Subject> {
  readonly adapter: string
  /** Makes a subject for one promise; it is disposed afterwards when it can be. */
  readonly open: () => Promise<Subject> | Subject
  /** Promises that this adapter does not keep, with the reason; the reference prints them. */
  readonly unkept?: Readonly<Record<string, string>>
}

/**
 * Runs every promise of a contract against one adapter.
 *
 * @throws `INTERNAL_DEFECT` when `unkept` names a promise that the contract does not have.
 */
export function verifyContract<Subject>(
  runner: ContractRunner,
  contract: PortContract<Subject>,
  run: ContractRun<Subject>,
): void {
  const unkept = new Map(Object.entries(run.unkept ?? {}))
  for (const text of unkept.keys()) {
    const isKnown = contract.promises.some(({ promise }) => promise === text)
    assertThat(isKnown, `The contract of the ${contract.port} has no promise "${text}".`)
  }
  runner.describe(`${contract.port}: ${run.adapter}`, () => {
    for (const { promise, check } of contract.promises) {
      const reason = unkept.get(promise)
      runner.it(promise, reason === undefined ? {} : { skip: reason }, async () => {
        const subject = await run.open()
        try {
          await check(subject)
        } finally {
          await dispose(subject)
        }
      })
    }
  })
}

async function dispose(subject: unknown): Promise<void> {
  if (typeof subject !== 'object' || subject === null) return
  if (Symbol.asyncDispose in subject) await (subject as AsyncDisposable)[Symbol.asyncDispose]()
  else if (Symbol.dispose in subject) (subject as Disposable)[Symbol.dispose]()
}
