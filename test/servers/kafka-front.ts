// Ports that stay the same while the simulated Kafka cluster behind them is ended and begun anew at others. Clients learn
// the addresses of servers from answers: these are exchanged on the way.
import { once } from 'node:events'
import { createServer, type Server, type Socket, connect } from 'node:net'

const host = '127.0.0.1'

export interface KafkaFront extends AsyncDisposable {
  readonly ports: readonly number[]
  /** Leads to servers at these ports from now on, as many as there are here. */
  lead(ports: readonly number[]): void
  /** Ends all connections, and those that come, until it leads to servers again. */
  cut(): void
}

export async function openKafkaFront(count: number): Promise<KafkaFront> {
  const sockets = new Set<Socket>()
  let behind: readonly number[] = []
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }
  const servers = Array.from({ length: count }, (_, index) =>
    createServer((client) => {
      keep(client)
      const port = behind[index]
      if (port === undefined) return void client.destroy()
      join(client, keep(connect(port, host)), (frame) => exchange(frame, behind, ports))
    }),
  )
  const ports = await Promise.all(servers.map(listen))
  const cut = (): void => {
    behind = []
    for (const socket of sockets) socket.destroy()
  }
  return {
    ports,
    cut,
    lead(next) {
      cut()
      behind = next
    },
    async [Symbol.asyncDispose]() {
      cut()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function join(client: Socket, server: Socket, change: (frame: Buffer) => void): void {
  client.on('data', (chunk) => void server.write(chunk))
  client.on('close', () => server.destroy())
  server.on('close', () => client.destroy())
  let rest = Buffer.alloc(0)
  server.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const frame = rest.subarray(0, 4 + rest.readInt32BE(0))
      rest = rest.subarray(frame.length)
      change(frame)
      client.write(frame)
    }
  })
}

/** Exchanges the ports in addresses: a text with its length in front, and the port behind it. */
function exchange(frame: Buffer, from: readonly number[], to: readonly number[]): void {
  for (const [index, port] of from.entries()) {
    const address = addressOf(port)
    for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + 1))
      frame.writeInt32BE(to[index] ?? 0, at + address.length - 4)
  }
}

function addressOf(port: number): Buffer {
  const address = Buffer.alloc(2 + host.length + 4)
  address.writeInt16BE(host.length, 0)
  address.write(host, 2)
  address.writeInt32BE(port, 2 + host.length)
  return address
}
