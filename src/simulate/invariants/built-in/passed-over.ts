import { cursorName, type Ledger } from '../../world/ledger.ts'
import { presentName } from '../facts.ts'
import type { JudgeMaker } from '../judge.ts'
import { inbox, type Readers, readersOf, viewConsumer, type Wants, wantsOf } from './readers.ts'

/** When nothing is left to do, every reader has taken everything that is for it. */
export const judgePassedOver: JudgeMaker = ({ system, ledger }) => {
  const readers = readersOf(system)
  const sources = system.services.map(({ name }) => name)
  return {
    name: 'no reader leaves behind what is for it',
    atRest() {
      const left: string[] = []
      for (const [service, own] of readers) {
        for (const consumer of consumersOf(ledger, own)) {
          const wants = wantsOf(own, consumer)
          if (!wants) continue
          for (const source of sources)
            left.push(...leftBehind(ledger, { service, consumer, source, wants }))
        }
      }
      return left
    },
  }
}

function consumersOf(ledger: Ledger, { service, views }: Readers): readonly string[] {
  const own = ledger.of(service.name)
  const followed = [...views.values()].filter(({ consistency }) => consistency === 'async')
  return [inbox, ...followed.map(({ name }) => viewConsumer(presentName(own, name)))]
}

interface Reader {
  readonly service: string
  readonly consumer: string
  readonly source: string
  readonly wants: Wants
}

function leftBehind(
  ledger: Ledger,
  { service, consumer, source, wants }: Reader,
): readonly string[] {
  const { cursors } = ledger.of(service)
  const left: string[] = []
  for (const [partition, log] of ledger.of(source).logs.entries()) {
    const from = cursors.get(cursorName({ consumer, source, partition }))?.position ?? 0
    for (const entry of log.slice(from)) {
      if (!wants(entry)) continue
      left.push(
        `${consumer} of ${service} never took ${entry.type} at ${source}/${partition}/${entry.position}.`,
      )
    }
  }
  return left
}
