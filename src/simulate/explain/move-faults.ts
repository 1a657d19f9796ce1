// Faults are named after their places. When the system is cut in another way, the same fault has another name.
import { episodeFaults } from '../faults/catalogue.ts'
import type { FaultInstance } from '../faults/plan.ts'
import type { ProcessShape, WorldShape } from '../world/shape.ts'
import type { WorldCase } from '../world/world-result.ts'

/** The ids that these faults may have when the case gives another shape, another partition or one client. */
export function moveFaults(
  faults: readonly FaultInstance[],
  from: WorldShape,
  to: Partial<WorldCase>,
): readonly string[] {
  const ids = faults.flatMap((fault) => idsOf(fault, from, to))
  return [...new Set(ids)]
}

function idsOf(
  { id, kind, place }: FaultInstance,
  from: WorldShape,
  to: Partial<WorldCase>,
): string[] {
  const number = id.slice(id.lastIndexOf('#'))
  const places = kind in episodeFaults ? placesOf(place, from, to) : [movePlace(place, from, to)]
  return places.map((each) => `${kind} @ ${each} ${number}`)
}

/** An episode keeps its time and its number, and hits whatever process is drawn: the one that there is. */
function placesOf(
  place: string,
  { processes }: WorldShape,
  { shape }: Partial<WorldCase>,
): string[] {
  const isProcess = processes.some(({ name }) => name === place)
  if (!shape || !isProcess) return [place]
  const services = processes.flatMap((process) => process.services)
  return [...services, ...services.map((service) => processOf(service, shape))]
}

function movePlace(place: string, { processes }: WorldShape, to: Partial<WorldCase>): string {
  const words = place
    .replace(/\bclient \d+/, to.clients === 1 ? 'client 1' : '$&')
    .replace(/\/\d+\b/, to.partitions === 1 ? '/0' : '$&')
    .split(' ')
  const index = words.findIndex((word) => processes.some(({ name }) => name === word))
  const process = processes.find(({ name }) => name === words[index])
  if (!process || !to.shape) return words.join(' ')
  const service = serviceOf(process, words[index + 1])
  return words.with(index, processOf(service, to.shape)).join(' ')
}

function serviceOf({ services, name }: ProcessShape, named = ''): string {
  return services.find((service) => named.split('/')[0] === service) ?? services[0] ?? name
}

/** The process of a service in a shape that has one name for it. */
function processOf(service: string, shape: WorldShape['name']): string {
  return shape === 'one process' ? 'process' : service
}
