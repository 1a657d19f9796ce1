// What was parked because nobody knew its version is handled again when a service starts: an upgrade, or a plan that was
// put back, begins with a start. So a system that is upgraded process by process comes to rest by itself.
import { DureError } from '../../language/errors.ts'
import { allParked } from '../../messaging/parked.ts'
import type { ParkedMessage } from '../../log/store.port.ts'
import { redriveParked } from '../../runtime/operate.ts'
import type { ServiceRuntime } from '../../runtime/service-runtime.ts'

/** What cannot be handled stays parked, for an operator. @throws `STORE_*`, `COMMAND_CONFLICT`. */
export async function redriveVersions(
  runtime: ServiceRuntime,
  { nowMs, report }: { readonly nowMs: () => number; readonly report: (text: string) => void },
): Promise<void> {
  for (const { id } of await parkedForVersion(runtime)) {
    const { handled } = await redriveOnce(runtime, id, nowMs)
    if (handled) report(`handled ${id}, which was parked: its version of the saga is known now`)
  }
}

async function parkedForVersion({ parts }: ServiceRuntime): Promise<readonly ParkedMessage[]> {
  const found: ParkedMessage[] = []
  if (parts.parkedKeys.count === 0) return found
  for await (const parked of allParked(parts.store))
    if (parked.code === 'SAGA_VERSION_UNKNOWN') found.push(parked)
  return found
}

async function redriveOnce(
  runtime: ServiceRuntime,
  id: string,
  nowMs: () => number,
): Promise<{ readonly handled: boolean }> {
  try {
    return await redriveParked(runtime, id, nowMs)
  } catch (error) {
    // It waits behind another one of its key, or was taken off meanwhile.
    if (error instanceof DureError && error.code.startsWith('PARKED_')) return { handled: false }
    throw error
  }
}
