// Writes the generated pages. An architecture test fails when one of them is not what this would write.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { renderPages } from './generate/pages.ts'

const root = join(import.meta.dirname, '..')

for (const { path, text } of renderPages()) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  console.log(path)
}
