import { servers } from './servers.ts'

/** Serves as the named server in a process of its own, and tells its parent the port. */
const name = process.argv[2] ?? ''
const start = servers[name]
if (start === undefined) throw new Error(`no server is called '${name}'`)
const served = await start()
process.send?.(served.port)
process.on('disconnect', () => void served.stop().then(() => process.exit()))
