// One process of a system of services that have nothing to do. It tells what it costs when it is asked.
import { aggregate, contract, service, type Service, system, view } from 'dure'
import { z } from 'zod'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { openSystem } from '../systems/open-system.ts'

const [kind = '', place = '', services = '1'] = process.argv.slice(2)
const Named = z.object({ name: z.string() })

/** A service as small as services are: an aggregate, and a view that follows its log. */
function idle(name: string): Service {
  const Idle = contract(name, {
    commands: { rename: { input: Named } },
    events: { Renamed: Named },
  })
  const stored = aggregate(Idle, 'thing', {
    key: (command) => command.name,
    initial: () => ({}),
    decide: { rename: (_state, command) => Idle.Renamed(command) },
    evolve: { Renamed: (state) => state },
  })
  const names = view('names', { document: Named }).on(Idle.Renamed, {
    key: (event) => event.name,
    evolve: (_before, event) => event,
  })
  return service(Idle, { aggregates: [stored], views: [names] })
}

const all = Array.from({ length: Number(services) }, (_, index) => idle(`idle-${index + 1}`))
const stores =
  kind === 'postgres' ? postgresStores({ url: place }) : sqliteStores({ folder: place })
const opened = await openSystem(system('idle', { services: all }), { stores })

process.on('disconnect', () => void opened[Symbol.asyncDispose]().then(() => process.exit()))
process.on('message', () => {
  const { user, system: inKernel } = process.cpuUsage()
  global.gc?.()
  process.send?.({ rssBytes: process.memoryUsage.rss(), cpuMs: (user + inKernel) / 1_000 })
})
process.send?.('ready')
