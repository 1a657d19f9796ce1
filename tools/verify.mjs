// The one command that says whether this repository is well. Starts on any Node; the rest runs on Node 24.
import { fileURLToPath } from 'node:url'
import { runNode } from './run.mjs'

const main = fileURLToPath(new URL('verify/main.ts', import.meta.url))
process.exit(await runNode([main, ...process.argv.slice(2)]))
