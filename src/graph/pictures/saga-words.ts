// What the pictures of a saga say in words.
import { participantsOf, type SagaManifest, stepsOf } from '../manifest.ts'
import type { Lanes } from './lanes.ts'
import { renderDuration } from './saga-blocks.ts'

/** One line: who runs it, its version, its deadline. */
export function summarizeSaga(saga: SagaManifest): string {
  const deadline =
    saga.deadlineMs === undefined ? [] : [`turns back after ${renderDuration(saga.deadlineMs)}`]
  const how =
    saga.style === 'choreographed'
      ? `started by ${saga.by}, passed on by those who take part`
      : `coordinated by ${saga.by}`
  return [how, `version ${saga.version}`, ...deadline].join(', ')
}

/** The plan in sentences. */
export function describePlan(saga: SagaManifest): string {
  const steps = stepsOf(saga.nodes).map(({ name, command, undo, phase }) => {
    const back = undo === undefined ? '' : `, undone by ${undo}`
    return `${name}${phase === 'pivot' ? ' (pivot)' : ''} sends ${command}${back}.`
  })
  const participants = participantsOf(saga).join(', ')
  return [`Saga ${saga.name}, ${summarizeSaga(saga)}, with ${participants}.`, ...steps].join(' ')
}

/** What each participant does, in sentences. */
export function describeParts(saga: SagaManifest, { services, boxes, arrows }: Lanes): string {
  const nextOf = (box: number): string => {
    const next = arrows.filter(({ from }) => from === box).map(({ to }) => boxes[to]?.step?.name)
    return next.map((name) => name ?? 'its end').join(' and ')
  }
  const sentences = services.flatMap((service, lane) => {
    const does = boxes.flatMap((box, index) =>
      box.lane === lane && box.step ? [`${box.step.name}, then comes ${nextOf(index)}`] : [],
    )
    return does.length === 0 ? [] : [`${service} does ${does.join('; ')}.`]
  })
  return [`Saga ${saga.name}, ${summarizeSaga(saga)}.`, ...sentences].join(' ')
}
