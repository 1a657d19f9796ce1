// Runs the promises of carriers, and of brokers made of them, against a server.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { carriedBroker } from '../../src/messaging/carried/carried-broker.ts'
import type { Carrier } from '../../src/messaging/carried/carrier.port.ts'
import { brokerContract } from '../../src/testing/contracts/broker.contract.ts'
import { carrierContract } from '../../src/testing/contracts/carrier.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'

const pauseMs = 2
const waitMsMax = 120_000

/** Waits until something is true. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const clock = nodeClock()
  const endMs = clock.nowMs() + waitMsMax
  while (!(await isTrue())) {
    assert.ok(clock.nowMs() < endMs, 'It did not become true.')
    await new Promise<void>((resolve) => void clock.after(pauseMs, resolve))
  }
}

/** A name that no system had before: what lies at a server under it is nothing. */
export function freshSystem(): string {
  return `s${crypto.randomUUID().replaceAll('-', '')}`
}

/** Runs both suites; `open` connects to the server for a system. */
export function verifyCarrier(adapter: string, open: (system: string) => Promise<Carrier>): void {
  verifyContract({ describe, it }, carrierContract, {
    adapter,
    async open() {
      const system = freshSystem()
      const opened: Carrier[] = []
      const reach = async (): Promise<Carrier> => {
        const carrier = await open(system)
        opened.push(carrier)
        return carrier
      }
      return {
        carrier: await reach(),
        reach,
        until,
        async [Symbol.asyncDispose]() {
          await Promise.all(opened.map((each) => each[Symbol.asyncDispose]()))
        },
      }
    },
  })
  verifyContract({ describe, it }, brokerContract, {
    adapter: `carried by ${adapter}`,
    async open() {
      const carrier = await open(freshSystem())
      const broker = carriedBroker({ carrier, clock: nodeClock() })
      return { broker, until, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() }
    },
  })
}
