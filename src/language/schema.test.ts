import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { checkSchema, type Schema, schemaIssuesMax } from './schema.ts'

const schemas: Readonly<Record<string, Schema>> = {
  zod: z.object({ items: z.array(z.object({ count: z.int() })) }),
  valibot: v.object({ items: v.array(v.object({ count: v.pipe(v.number(), v.integer()) })) }),
  arktype: type({ items: type({ count: 'number.integer' }).array() }),
}

describe('a value', () => {
  for (const [library, schema] of Object.entries(schemas)) {
    it(`is checked by a schema of ${library}, and told what does not fit and where`, () => {
      const good = { items: [{ count: 1 }] }

      const [fits, fails] = [good, { items: [{ count: 1 }, { count: 'one' }] }].map((value) =>
        checkSchema(schema, value),
      )

      assert.deepEqual(fits, { ok: true, value: good })
      assert.ok(fails && !(fails instanceof Promise) && !fails.ok)
      assert.equal(fails.issues[0]?.path, 'items.1.count')
      assert.notEqual(fails.issues[0]?.message, '')
    })
  }

  it('is given as the schema makes it', () => {
    const schema = z.object({ count: z.coerce.number(), kind: z.string().default('plain') })

    assert.deepEqual(checkSchema(schema, { count: '7', more: 1 }), {
      ok: true,
      value: { count: 7, kind: 'plain' },
    })
  })

  it('is checked later when the schema takes its time', async () => {
    const schema = z.string().refine(async (text) => text === 'good')

    const checks = ['good', 'bad'].map((text) => checkSchema(schema, text))

    assert.ok(checks.every((check) => check instanceof Promise))
    const [good, bad] = await Promise.all(checks)
    assert.deepEqual([good?.ok, bad?.ok], [true, false])
  })

  it(`is told of ${schemaIssuesMax} issues at most`, () => {
    const value = { items: Array.from({ length: 10_000 }, () => ({ count: 'x' })) }

    const checked = checkSchema(z.object({ items: z.array(z.object({ count: z.int() })) }), value)

    assert.ok(!(checked instanceof Promise) && !checked.ok)
    assert.equal(checked.issues.length, schemaIssuesMax)
  })
})
