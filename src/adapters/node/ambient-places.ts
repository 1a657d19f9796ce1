// Where a program on this machine reaches past its ports: clocks, timers, chance, files, processes and the network.
import childProcess from 'node:child_process'
import crypto from 'node:crypto'
import dgram from 'node:dgram'
import dns from 'node:dns'
import fs from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import tls from 'node:tls'
import workerThreads from 'node:worker_threads'

/** Functions of one object. */
export interface AmbientPlace {
  readonly target: object
  /** What users write before the name of the function. */
  readonly prefix: string
  readonly names: readonly string[]
}

const timerNames = ['setTimeout', 'setInterval', 'setImmediate']
const randomNames = [
  'randomUUID',
  'randomUUIDv7',
  'getRandomValues',
  'randomBytes',
  'pseudoRandomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
]

/** Everything that is trapped but `Date` itself, which also is a type of values. */
export const ambientPlaces: readonly AmbientPlace[] = [
  { target: globalThis, prefix: '', names: [...timerNames, 'fetch', 'WebSocket', 'EventSource'] },
  { target: Date, prefix: 'Date.', names: ['now'] },
  { target: Math, prefix: 'Math.', names: ['random'] },
  { target: performance, prefix: 'performance.', names: ['now'] },
  { target: AbortSignal, prefix: 'AbortSignal.', names: ['timeout'] },
  { target: globalThis.crypto, prefix: 'crypto.', names: randomNames },
  { target: crypto, prefix: 'crypto.', names: randomNames },
  { target: timers, prefix: '', names: timerNames },
  { target: timersPromises, prefix: 'timersPromises.', names: timerNames },
  { target: timersPromises.scheduler, prefix: 'scheduler.', names: ['wait', 'yield'] },
  { target: net, prefix: 'net.', names: ['connect', 'createConnection', 'createServer'] },
  { target: tls, prefix: 'tls.', names: ['connect', 'createServer'] },
  { target: http, prefix: 'http.', names: ['request', 'get', 'createServer'] },
  { target: https, prefix: 'https.', names: ['request', 'get', 'createServer'] },
  { target: http2, prefix: 'http2.', names: ['connect', 'createServer', 'createSecureServer'] },
  { target: dgram, prefix: 'dgram.', names: ['createSocket'] },
  { target: dns, prefix: 'dns.', names: functionsOf(dns) },
  { target: dns.promises, prefix: 'dns.promises.', names: functionsOf(dns.promises) },
  { target: fs, prefix: 'fs.', names: functionsOf(fs) },
  { target: fs.promises, prefix: 'fs.promises.', names: functionsOf(fs.promises) },
  { target: childProcess, prefix: 'childProcess.', names: functionsOf(childProcess) },
  { target: workerThreads, prefix: '', names: ['Worker'] },
]

/** The names of what is called, and not made: classes begin with a capital letter. */
function functionsOf(target: object): readonly string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(target))
    .filter(([name, { value }]) => typeof value === 'function' && /^[a-z]/.test(name))
    .map(([name]) => name)
}
