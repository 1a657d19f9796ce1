import type { Manifest, SagaManifest } from '../manifest.ts'

/** Writes a system, or one of its sagas, as JSON with two spaces. */
export function renderJson(manifest: Manifest | SagaManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}
