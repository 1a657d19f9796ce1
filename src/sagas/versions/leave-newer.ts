import { DureError } from '../../language/errors.ts'

/** What is asked of a store here. */
interface SharedOrNot {
  readonly supports: { readonly shared: boolean }
}

/**
 * Leaves messages that are newer than the plans of this process to the other processes of the service: they share its
 * store, and one of them is upgraded already. Alone, a process parks them.
 *
 * What is given throws `SAGA_VERSION_AHEAD`: the message comes again, until another process has taken it.
 */
export function leaveNewer<Taken extends readonly unknown[]>(
  { supports }: SharedOrNot,
  take: (...taken: Taken) => void,
): (...taken: Taken) => void {
  if (!supports.shared) return take
  return (...taken) => {
    try {
      take(...taken)
    } catch (thrown) {
      if (!isNewer(thrown)) throw thrown
      throw new DureError(
        'SAGA_VERSION_AHEAD',
        `${thrown.message} Until then other processes of the service take it.`,
        { cause: thrown, details: thrown.details },
      )
    }
  }
}

function isNewer(thrown: unknown): thrown is DureError {
  if (!(thrown instanceof DureError) || thrown.code !== 'SAGA_VERSION_UNKNOWN') return false
  const { version, newest } = thrown.details
  return typeof version === 'number' && typeof newest === 'number' && version > newest
}
