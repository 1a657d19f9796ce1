import type { EntryKind } from '../../log/store.port.ts'
import type { Draft } from '../../runtime/draft.ts'
import type { Workspace } from '../../runtime/workspace.ts'

/** What something would lead to, if it were done now. */
export interface Preview {
  /** Events, commands and answers that it would write, in their order. */
  readonly entries: readonly {
    readonly kind: EntryKind
    readonly type: string
    /** The stream of an event, or the key of a message. */
    readonly key: string
    readonly to?: string
    readonly data: unknown
  }[]
  /** Commands that would wait for their preparation by the outside world, and deadlines. */
  readonly timers: number
}

/** Ends the building of a draft before it is handed in; caught right here. */
class PreviewEnds extends Error {}

/**
 * Builds a draft on the present state with the code of today, and throws it away: nothing is written.
 *
 * @throws what building it throws.
 */
export async function preview(
  workspace: Workspace,
  build: (draft: Draft) => void,
): Promise<Preview> {
  let seen: Preview | undefined
  try {
    await workspace.submit((draft) => {
      build(draft)
      seen = previewOf(draft)
      throw new PreviewEnds('a preview is not handed in')
    })
  } catch (thrown) {
    if (!(thrown instanceof PreviewEnds)) throw thrown
  }
  return seen ?? { entries: [], timers: 0 }
}

function previewOf({ entries, setTimers }: Draft): Preview {
  return {
    entries: entries.map(({ kind, type, stream, key, to, data }) => ({
      kind,
      type,
      key: stream ?? key,
      ...(to !== undefined && { to }),
      data: JSON.parse(data) as unknown,
    })),
    timers: setTimers.length,
  }
}
