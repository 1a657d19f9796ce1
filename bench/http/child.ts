import { servers } from './servers.ts'

/** Serves as the named server in a process of its own, and tells its parent the port. */
const name = process.argv[2] ?? ''
const start = servers[name]
if (start === undefined) throw new Error(`no server is called '${name}'`)
const server = await start()
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  process.send?.(address.port)
})
process.on('disconnect', () => process.exit())
