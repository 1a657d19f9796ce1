// Runs the acceptance checks against a marketplace that runs somewhere. Deletes everything in it.
import { Command } from 'commander'
import { allChecks } from './all-checks.ts'
import { createMarket } from './market.ts'

const { url, only } = new Command('verify')
  .description(
    'Runs the acceptance checks A to G over HTTP. Everything in the marketplace is deleted.',
  )
  .option('--url <url>', 'address of the marketplace', 'http://localhost:8080')
  .option('--only <letters>', 'only checks whose id begins so, such as D or C3', '')
  .parse()
  .opts<{ readonly url: string; readonly only: string }>()

const market = createMarket(url.replace(/\/$/, ''))
const checks = allChecks.filter(({ id }) => id.startsWith(only))
let failed = 0
for (const { id, promise, run } of checks) {
  const startMs = performance.now()
  try {
    await market.cleanUp()
    await run(market)
    console.log(`ok    ${id.padEnd(3)} ${promise} (${Math.round(performance.now() - startMs)} ms)`)
  } catch (error) {
    failed += 1
    console.log(`FAIL  ${id.padEnd(3)} ${promise}\n${String(error)}`)
  }
}
console.log(`${checks.length - failed} of ${checks.length} checks passed`)
process.exitCode = failed > 0 ? 1 : 0
