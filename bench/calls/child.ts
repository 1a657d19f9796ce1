// The other process: a server that answers the same constant to everybody, or a host of the service that is asked.
import { createServer } from 'node:http'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { createDirectory } from '../../src/calls/directory.ts'
import { openHost } from '../../src/cli/processes/open-host.ts'
import { reserve } from '../commands/commands.ts'
import { warehouse } from '../systems/warehouse.ts'
import { askedItem, bareAnswer, callsSecret } from './asked.ts'

const [kind, folder = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
process.send?.(kind === 'bare' ? await serveBare() : await serveHost())

/** Reads what is asked as JSON, and answers in JSON. */
async function serveBare(): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      JSON.parse(body)
      const answer = JSON.stringify(bareAnswer)
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
      })
      response.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return `http://127.0.0.1:${address.port}`
}

async function serveHost(): Promise<string> {
  const host = await openHost({
    system: warehouse({ hasView: false }),
    here: ['warehouse'],
    stores: sqliteStores({ folder }),
    clock: nodeClock(),
    directory: createDirectory(),
    peers: { secret: callsSecret },
    report: ({ message }) => console.error(message),
  })
  await reserve(host.running, askedItem, { index: 1 })
  return host.address
}
