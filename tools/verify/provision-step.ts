import { bringChromium, chromiumVariable } from '../chromium.ts'
import { bringServer, type WantedServer } from '../servers/bring-package.ts'
import { debianKcat } from '../servers/kafka.ts'
import { debianNats } from '../servers/nats.ts'
import { debianPostgres } from '../servers/postgres.ts'
import { debianPython } from '../servers/python.ts'
import { debianRabbit } from '../servers/rabbitmq.ts'
import { sumOutcomes } from './outcome.ts'
import type { Step, StepResult } from './step.ts'

/** Servers, and a language, that tests start for themselves. */
const servers: readonly WantedServer[] = [
  debianPostgres,
  debianNats,
  debianRabbit,
  debianKcat,
  debianPython,
]

/** Makes the step that brings what tests need and npm does not install: a browser and servers. */
export function defineProvisionStep(): Step {
  return {
    name: 'provision',
    says: 'brings the browser and the servers that tests need',
    isQuick: false,
    async run({ print }): Promise<StepResult> {
      const browser = report('Chromium', bringChromium())
      if (browser.failed + browser.passed === 0)
        print(`No Chromium is here. Install it, or name one in ${chromiumVariable}.`)
      const found = [browser, ...servers.map((server) => report(server.name, bringServer(server)))]
      const looked = found.flatMap((each) => (each.looked === '' ? [] : [each.looked])).join(', ')
      return { ...sumOutcomes(found), looked }
    },
  }
}

function report(name: string, place: string | undefined): StepResult {
  return place === undefined
    ? { passed: 0, failed: 0, skipped: [`provision: no ${name}`], looked: '' }
    : { passed: 1, failed: 0, skipped: [], looked: place }
}
