// The promises of a broker, under everything that the port lets fail.
import { describe, it } from 'node:test'
import { type SimulatedBroker, simulatedBroker } from '../../src/simulate/world/broker.ts'
import { brokerContract } from '../../src/testing/contracts/broker.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import { patientRelay } from './patient-relay.ts'
import { type TrialStrengths, type TrialWorld, trialWorld } from './trial-world.ts'

interface BadWorld {
  readonly strengths?: TrialStrengths
  /** What the broker suffers again and again. */
  readonly strike?: (broker: SimulatedBroker, world: TrialWorld) => void
}

const badWorlds: Readonly<Record<string, BadWorld>> = {
  'delayed messages': { strengths: { 'message delayed': 0.4 } },
  'lost acknowledgements': { strengths: { 'acknowledgement lost': 0.4 } },
  'repeated messages': { strengths: { 'message repeated': 0.4 } },
  'lost messages': { strengths: { 'publish lost': 0.4, 'publish reply lost': 0.2 } },
  'lost tails': {
    strike: (broker, { chances }) => broker.loseTail('stock', chances.of('s').next()),
  },
  'lost topics': { strike: (broker) => broker.loseTopics('stock') },
  'forgotten consumers': { strike: (broker) => broker.forgetConsumers('stock') },
  'all of these': {
    strengths: {
      'message delayed': 0.2,
      'acknowledgement lost': 0.2,
      'message repeated': 0.2,
      'publish lost': 0.2,
      'publish reply lost': 0.2,
    },
    strike(broker, { chances }) {
      const chance = chances.of('strike')
      if (chance.happens(0.3)) broker.loseTail('stock', chance.next())
      if (chance.happens(0.3)) broker.loseTopics('stock')
      if (chance.happens(0.3)) broker.forgetConsumers('stock')
    },
  },
}
const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
const strikes = 40
/** Longest until the broker suffers again, in milliseconds. */
const strikeMsMax = 12

for (const [name, { strengths = {}, strike }] of Object.entries(badWorlds)) {
  for (const seed of seeds) {
    verifyContract({ describe, it }, brokerContract, {
      adapter: `simulated, with ${name}, seed ${seed}`,
      open() {
        const world = trialWorld({ seed, strengths })
        const simulated = simulatedBroker(world.core)
        const broker = patientRelay(simulated.door(world.process))
        if (strike) strikeOften(world, () => strike(simulated, world))
        return {
          broker,
          until: world.until,
          [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
        }
      },
    })
  }
}

function strikeOften({ core, chances }: TrialWorld, strike: () => void): void {
  const { scheduler } = core
  const lullMs = chances.of('lull').between(1, strikeMsMax)
  let left = strikes
  const next = (): void => {
    left -= 1
    if (left < 0) return
    const dueMs = scheduler.nowMs + lullMs * chances.of('strike at').next()
    const run = (): void => {
      strike()
      next()
    }
    scheduler.at({ dueMs, label: 'strike', run })
  }
  next()
}
