import { createHash } from 'node:crypto'
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export interface FileWatch extends Disposable {
  /** Watches these files from now on, and no others. */
  follow(files: readonly string[]): void
}

/** Editors write a file in several steps: the change is told once they are quiet. */
const quietMs = 80

/**
 * Tells when the content of a file changes: written, replaced, made or removed.
 *
 * Folders are watched, not files: an editor that replaces a file would take the watch away with it.
 */
export function watchFiles(onChange: (files: readonly string[]) => void): FileWatch {
  const watches = new Map<string, FSWatcher>()
  let contents = new Map<string, string>()
  let quiet: NodeJS.Timeout | undefined

  const look = (): void => {
    const changed = [...contents]
      .filter(([file, before]) => fingerprint(file) !== before)
      .map(([file]) => file)
    if (changed.length === 0) return
    for (const file of changed) contents.set(file, fingerprint(file))
    onChange(changed)
  }
  const lookSoon = (): void => {
    clearTimeout(quiet)
    quiet = setTimeout(look, quietMs)
  }
  const watchFolder = (folder: string): void => {
    try {
      const found = watch(folder, { persistent: true }, lookSoon)
      // A folder that goes away is looked at once more, and is gone.
      found.on('error', lookSoon)
      watches.set(folder, found)
    } catch {
      // A folder that cannot be watched is one that the system cannot be loaded from either.
    }
  }

  return {
    follow(files) {
      const folders = new Set(files.map((file) => dirname(file)))
      for (const [folder, found] of watches) {
        if (folders.has(folder)) continue
        found.close()
        watches.delete(folder)
      }
      for (const folder of folders) if (!watches.has(folder)) watchFolder(folder)
      contents = new Map(files.map((file) => [file, contents.get(file) ?? fingerprint(file)]))
    },
    [Symbol.dispose]() {
      clearTimeout(quiet)
      for (const found of watches.values()) found.close()
      watches.clear()
    },
  }
}

/** What a file holds; the same for every file that is not there. */
function fingerprint(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('base64')
  } catch {
    return ''
  }
}
