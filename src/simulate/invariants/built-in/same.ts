/** Whether two values are the same as data: whatever the order of their fields. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [left, right] = [Object.entries(one), new Map(Object.entries(other))]
  return left.length === right.size && left.every(([key, value]) => isSame(value, right.get(key)))
}

/** The JSON of a value, or whatever stands for the same data; undefined when they differ. */
export function isSameJson(text: string | undefined, value: unknown): boolean {
  const other = value === undefined ? undefined : JSON.stringify(value)
  if (text === other) return true
  if (text === undefined || other === undefined) return false
  return isSame(JSON.parse(text), JSON.parse(other))
}
