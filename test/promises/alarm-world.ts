// Alarms with a deadline: each alarm calls somebody by phone. When nobody has answered in time it rings, once; a call
// that is answered later is hung up.
import { z } from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../src/adapters/memory/clock.ts'
import { type MemoryStores, memoryStores } from '../../src/adapters/memory/store.ts'
import {
  aggregate,
  bind,
  contract,
  orchestrated,
  port,
  type System,
  saga,
  service,
  system,
} from '../../src/index.ts'
import type { Entry, StoreProvider } from '../../src/log/store.port.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { type MortalStores, mortalStores } from './faulty-stores.ts'
import { timerWitness } from './timer-witness.ts'

/** How long an alarm waits for an answer. */
export const deadlineMs = 60_000

const Id = z.object({ id: z.string() })
const Line = port('line', { dial: { input: Id, output: Id } })

const Phone = contract('phone', {
  commands: { call: { input: Id }, hangUp: { input: Id } },
  events: { Called: Id, HungUp: Id },
})

const Call = aggregate(Phone, 'call', {
  key: ({ id }) => id,
  initial: () => ({ calls: 0 }),
  prepare: { call: ({ id }, { use }) => use(Line).dial({ id }) },
  decide: {
    call: (_call, call) => Phone.Called(call),
    hangUp: (_call, call) => Phone.HungUp(call),
  },
  evolve: {
    Called: ({ calls }) => ({ calls: calls + 1 }),
    HungUp: ({ calls }) => ({ calls: calls - 1 }),
  },
})

const Alarm = contract('alarm', {
  commands: { set: { input: Id }, answer: { input: Id }, ring: { input: Id } },
  events: { WasSet: Id, Answered: Id, Rang: Id },
})

const Bell = aggregate(Alarm, 'bell', {
  key: ({ id }) => id,
  initial: () => ({ status: 'off' }),
  decide: {
    set: (_bell, bell) => Alarm.WasSet(bell),
    answer: (_bell, bell) => Alarm.Answered(bell),
    ring: (_bell, bell) => Alarm.Rang(bell),
  },
  evolve: {
    WasSet: () => ({ status: 'set' }),
    Answered: () => ({ status: 'answered' }),
    Rang: () => ({ status: 'rang' }),
  },
})

const WakeUp = saga('wake-up', { input: Id, key: ({ id }) => id, deadlineMs })
  .startsOn(Alarm.WasSet, (event) => event)
  .step('call', { run: ({ input }) => Phone.call(input), undo: ({ input }) => Phone.hangUp(input) })
  .pivot('answer', { run: ({ input }) => Alarm.answer(input) })
  .otherwise(({ input }) => Alarm.ring(input))

function alarmSystem(dial: (id: string) => boolean): System {
  return system('alarms', {
    services: [
      service(Phone, { aggregates: [Call], ports: [Line] }),
      service(Alarm, { aggregates: [Bell] }),
    ],
    sagas: [orchestrated(WakeUp, { by: Alarm })],
    adapters: [
      bind(Line, {
        dial: async ({ id }) => {
          if (!dial(id)) throw new TypeError('nobody is there')
          return { id }
        },
      }),
    ],
  })
}

export interface AlarmPlan {
  /** How long each life of the process is; between two of them it is down for a while. */
  readonly livesMs: readonly number[]
  readonly downMs?: number
  /** When somebody is at the phone, counted from the start. */
  readonly answersAtMs: number
  /** The stores of each life. */
  readonly wrapStores?: (stores: MortalStores, life: number) => StoreProvider
  readonly wrapBroker?: (broker: Broker, clock: VirtualClock) => Broker
}

export const alarmIds = ['one', 'two', 'three'] as const
const startMs = Date.UTC(2026, 0, 1)

/** Sets alarms in the first of several lives, each of which is killed, and judges what became of them. */
export async function liveAlarms(plan: AlarmPlan): Promise<readonly string[]> {
  const { livesMs, downMs = 1_000, answersAtMs } = plan
  const { wrapStores = (each): StoreProvider => each } = plan
  const stores = memoryStores()
  const witness = timerWitness()
  let nowMs = startMs
  for (const [life, lifeMs] of livesMs.entries()) {
    const clock = virtualClock({ startMs: nowMs })
    const mortal = mortalStores(stores)
    const inner = memoryBroker({ clock })
    const running = await startSystem(
      alarmSystem(() => clock.nowMs() >= startMs + answersAtMs),
      {
        stores: witness.watch(wrapStores(mortal, life), () => clock.nowMs()),
        broker: plan.wrapBroker?.(inner, clock) ?? inner,
        clock,
      },
    )
    if (life === 0) for (const id of alarmIds) await running.execute(Alarm.set({ id }), { id })
    await clock.advance(lifeMs)
    mortal.kill()
    nowMs = clock.nowMs() + downMs
  }
  return [...witness.problems, ...(await judgeAlarms(stores, answersAtMs))]
}

/** An alarm rings or is answered, once; whoever was called too late is hung up. */
async function judgeAlarms(stores: MemoryStores, answersAtMs: number): Promise<readonly string[]> {
  const logs: Entry[] = []
  const problems: string[] = []
  for (const name of ['phone', 'alarm']) {
    stores.crash(name)
    await using store = await stores.open(name, { partitions: 1 })
    logs.push(...(await store.read({ partition: 0, after: 0, limit: 10_000 })))
    const timers = await store.dueTimers(Number.MAX_SAFE_INTEGER, 10)
    problems.push(...timers.map(({ id }) => `${name} has left the timer ${id} behind`))
    const parked = await store.parked({ limit: 10 })
    problems.push(...parked.map(({ id, reason }) => `${name} has parked ${id}: ${reason}`))
  }
  const events = logs.filter(({ kind }) => kind === 'event')
  for (const id of alarmIds) {
    const own = events.filter(({ data }) => data.includes(`"${id}"`))
    problems.push(...judgeAlarm(own, answersAtMs).map((each) => `${id} ${each}`))
  }
  return problems
}

function judgeAlarm(own: readonly Entry[], answersAtMs: number): readonly string[] {
  const count = (type: string): number => own.filter((each) => each.type === type).length
  const [calls, hungUp] = [count('phone.Called'), count('phone.HungUp')]
  const [rang, answered] = [count('alarm.Rang'), count('alarm.Answered')]
  const isLate = answersAtMs >= deadlineMs
  return [
    ...(rang === Number(isLate) ? [] : [`has rung ${rang} times`]),
    ...(answered === Number(!isLate) ? [] : [`is answered ${answered} times`]),
    ...(calls === 1 ? [] : [`is called ${calls} times`]),
    ...(hungUp <= calls ? [] : [`is hung up ${hungUp} times`]),
    ...(isLate && calls > hungUp ? ['was called too late, and not hung up'] : []),
    ...(!isLate && hungUp > 0 ? ['was hung up although it was answered in time'] : []),
  ]
}
