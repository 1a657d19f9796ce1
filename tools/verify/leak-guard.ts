// Loaded into every test process. A test that leaves a server, a timer or a socket open would keep its
// process alive for ever; here it fails instead, and says what was left open.
import { after } from 'node:test'

const graceMs = 5_000

if (process.env['NODE_TEST_CONTEXT']?.startsWith('child')) {
  after(() => {
    setTimeout(() => {
      const open = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap')
      process.stderr.write(`Something still runs after the last test: ${open.join(', ')}.\n`)
      process.exit(1)
    }, graceMs).unref()
  })
}
