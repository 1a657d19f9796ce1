// What follows from the marks of worlds, when the definitions of the system are known.
import { type Manifest, serviceOf, stepsOf } from '../../graph/manifest.ts'

/** Marks, and everything that must have happened for them. */
export function reachedBy(manifest: Manifest, marks: Iterable<string>): ReadonlySet<string> {
  const reached = new Set(marks)
  for (const mark of reached) {
    // What was done in the shadow of any fault, or of none, was done.
    if (mark.startsWith('message|')) reached.add(mark.split('|').slice(0, 3).join('|'))
  }
  for (const mark of ordersThatArrived(reached)) reached.add(mark)
  for (const mark of ordersOfSagas(manifest, reached)) reached.add(mark)
  for (const mark of ordersOfPolicies(manifest, reached)) reached.add(mark)
  return reached
}

/** Commands that came as messages. */
function ordersThatArrived(reached: ReadonlySet<string>): readonly string[] {
  return [...reached].flatMap((mark) => {
    const [kind, service, type = ''] = mark.split('|')
    return kind === 'message' && serviceOf(type) === service ? [`command|${type}`] : []
  })
}

/** Commands that a saga gave to the service that keeps it. */
function ordersOfSagas({ sagas }: Manifest, reached: ReadonlySet<string>): readonly string[] {
  return sagas.flatMap(({ name, by, nodes, notice }) => {
    const all = stepsOf(nodes).flatMap((step) => [
      { type: step.command, mark: `step|${name}|${step.name}` },
      { type: step.undo ?? '', mark: `step|${name}|undo:${step.name}` },
    ])
    const notices = [{ type: notice ?? '', mark: `end|${name}|compensated` }]
    return [...all, ...notices]
      .filter(({ type, mark }) => serviceOf(type) === by && reached.has(mark))
      .map(({ type }) => `command|${type}`)
  })
}

/** Commands that a policy gave to its own service. */
function ordersOfPolicies({ services }: Manifest, reached: ReadonlySet<string>): readonly string[] {
  return services.flatMap(({ name, policies }) =>
    policies
      .flatMap(({ reactions }) => reactions)
      .filter(({ on }) => reached.has(`message|${name}|${on}`))
      .flatMap(({ sends }) => sends.filter((type) => serviceOf(type) === name))
      .map((type) => `command|${type}`),
  )
}
