import type { Manifest, SagaManifest, SagaNodeManifest, SagaStepManifest } from '../manifest.ts'
import { participantsOf, stepsOf } from '../manifest.ts'
import { lockedRejection } from '../../language/isolation/locks.ts'
import { type Finding, type FindingCode, finding } from './findings.ts'
import { findCommand, findMissingSource, findMissingTarget } from './operations.ts'

/** Finds sagas that could get stuck, wait for ever, or be unable to turn back. */
export function checkSagas(manifest: Manifest): readonly Finding[] {
  return manifest.sagas.flatMap((saga) => checkSaga(manifest, saga))
}

function checkSaga(manifest: Manifest, saga: SagaManifest): readonly Finding[] {
  const where = `saga ${saga.name}`
  const steps = stepsOf(saga.nodes)
  return [
    ...checkWhole(saga, steps),
    ...checkParticipants(manifest, saga),
    ...saga.startsOn.flatMap((type) => findMissingSource(manifest, { where, type })),
    ...steps.flatMap((step) => checkStep(manifest, `${where}, step ${step.name}`, step)),
    ...lateTests(saga.nodes).map((name) =>
      finding(
        'SAGA_ENSURE_AFTER_PIVOT',
        `${where}, ensure ${name}`,
        `After the pivot the saga only goes forward, so "${name}" cannot turn it back. Move the test before the pivot.`,
      ),
    ),
    ...checkNotice(manifest, where, saga.notice),
  ]
}

function checkWhole(saga: SagaManifest, steps: readonly SagaStepManifest[]): readonly Finding[] {
  const where = `saga ${saga.name}`
  const isTimed = saga.deadlineMs !== undefined || steps.every(({ phase }) => phase !== 'before')
  return [
    ...(isTimed
      ? []
      : [
          finding(
            'SAGA_WITHOUT_DEADLINE',
            where,
            'An answer that never comes keeps the saga open for ever. Give it deadlineMs: it then turns back.',
          ),
        ]),
    ...(saga.startsOn.length > 0
      ? []
      : [
          finding(
            'SAGA_NEVER_STARTED',
            where,
            'No event starts it. Add startsOn(event, ...), or take the saga out of the system.',
          ),
        ]),
  ]
}

/** Whoever takes part in a choreographed saga passes it on, which only Dure can. */
function checkParticipants({ services }: Manifest, saga: SagaManifest): readonly Finding[] {
  if (saga.style === 'orchestrated') return []
  const strangers = services.filter(({ isElsewhere }) => isElsewhere)
  return strangers
    .filter(({ name }) => participantsOf(saga).includes(name))
    .map(({ name }) =>
      finding(
        'SAGA_PARTICIPANT_ELSEWHERE',
        `saga ${saga.name}`,
        `It is choreographed, and "${name}" is not written with Dure: it cannot pass the saga on. Use orchestrated(saga, { by }).`,
      ),
    )
}

function checkStep(manifest: Manifest, where: string, step: SagaStepManifest): readonly Finding[] {
  return [
    ...findMissingTarget(manifest, { where, type: step.command }),
    ...checkUndo(manifest, where, step),
    ...checkForward(manifest, where, step),
    ...checkFanOut(where, step),
  ]
}

function checkUndo(manifest: Manifest, where: string, step: SagaStepManifest): readonly Finding[] {
  if (step.undo !== undefined) {
    return [
      ...findMissingTarget(manifest, { where: `${where}, undo`, type: step.undo }),
      ...rejections(manifest, {
        code: 'SAGA_UNDO_REJECTABLE',
        where: `${where}, undo`,
        type: step.undo,
        advice: 'An undo can only be retried: send a command without rejections.',
      }),
    ]
  }
  if (step.phase !== 'before' || step.effect === 'none') return []
  const message =
    "When a later step fails, nothing takes this one back. Add undo, or effect: 'none' if the step changes nothing."
  return [finding('SAGA_STEP_WITHOUT_UNDO', where, message)]
}

function checkForward(
  manifest: Manifest,
  where: string,
  step: SagaStepManifest,
): readonly Finding[] {
  if (step.phase !== 'after') return []
  return rejections(manifest, {
    code: 'SAGA_FORWARD_REJECTABLE',
    where,
    type: step.command,
    advice:
      'After the pivot a saga only goes forward: move the step before the pivot, or send a command without rejections.',
  })
}

function checkFanOut(where: string, step: SagaStepManifest): readonly Finding[] {
  if (step.node !== 'each' || step.max !== undefined) return []
  const message = `One command is sent for each item, however many there are. Give "${step.name}" a max: a longer list then fails the saga before anything is sent.`
  return [finding('SAGA_FAN_OUT_UNBOUNDED', where, message)]
}

function checkNotice(
  manifest: Manifest,
  saga: string,
  type: string | undefined,
): readonly Finding[] {
  if (type === undefined) return []
  const where = `${saga}, otherwise`
  return [
    ...findMissingTarget(manifest, { where, type }),
    ...rejections(manifest, {
      code: 'SAGA_UNDO_REJECTABLE',
      where,
      type,
      advice: 'The notice of a failure can only be retried: send a command without rejections.',
    }),
  ]
}

const lockAdvice =
  'Locks are taken and met before the pivot only: take the lock in an earlier step, whose undo frees it, and only free it behind the pivot.'

interface Sent {
  readonly code: FindingCode
  readonly where: string
  readonly type: string
  readonly advice: string
}

function rejections(manifest: Manifest, { code, where, type, advice }: Sent): readonly Finding[] {
  const rejects = findCommand(manifest, type)?.rejects ?? []
  const isLockable = rejects.includes(lockedRejection)
  return rejects.length === 0
    ? []
    : [
        finding(
          code,
          where,
          `${type} may answer ${rejects.join(' or ')}. ${isLockable ? lockAdvice : advice}`,
        ),
      ]
}

function lateTests(nodes: readonly SagaNodeManifest[]): readonly string[] {
  return nodes.flatMap((node) => {
    if ('branches' in node) return node.branches.flatMap((branch) => lateTests(branch.nodes))
    return node.node === 'ensure' && node.phase === 'after' ? [node.name] : []
  })
}
