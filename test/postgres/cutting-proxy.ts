import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut between its answer and whoever waits for it. */
export interface CuttingProxy extends AsyncDisposable {
  /** The URL of the same database by this way. */
  readonly url: string
  /** Keeps back the answer to what holds a text, and cuts that connection. Resolves when it has. */
  cutAnswerTo(text: string): Promise<void>
}

/** Opens a way on loopback to the server of a URL. */
export async function openCuttingProxy(url: string): Promise<CuttingProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let awaited: { readonly text: string; readonly onCut: () => void } | undefined
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let onAnswer: (() => void) | undefined
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (awaited && bytes.includes(awaited.text)) onAnswer = awaited.onCut
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (onAnswer === undefined) return client.write(bytes)
      awaited = undefined
      onAnswer()
      return client.destroy()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const way = new URL(url)
  way.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  return {
    url: way.href,
    cutAnswerTo: (text) =>
      new Promise((resolve) => {
        awaited = { text, onCut: resolve }
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
