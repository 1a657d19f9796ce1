import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DureError } from '../../../language/errors.ts'
import { createJsonScanner, type JsonLimits } from './scan-json.ts'

const limits: JsonLimits = {
  depthMax: 32,
  valuesMax: 20_000,
  keysPerObjectMax: 1_000,
  numberCharsMax: 64,
}
const scanner = createJsonScanner(limits)

/** Why the scanner refuses a text; undefined when it does not. */
function refusal(text: string, using = scanner): DureError | undefined {
  try {
    using.scan(text)
    return undefined
  } catch (thrown) {
    assert.ok(thrown instanceof DureError)
    assert.equal(thrown.code, 'HTTP_BODY_INVALID')
    return thrown
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Texts of JSON grammar that are refused all the same, where the trouble is, and how it is called. */
const refused: readonly (readonly [text: string, path: string, reason: RegExp])[] = [
  ['{"a":1,"a":2}', 'a', /comes twice/],
  [String.raw`{"lines":[{"a":1,"\u0061":2}]}`, 'lines.0.a', /comes twice/],
  [String.raw`{"\u0061":1,"a":2}`, 'a', /comes twice/],
  ['{"__proto__":{"admin":true}}', '__proto__', /not allowed/],
  [String.raw`{"\u005f_proto__":1}`, '__proto__', /not allowed/],
  ['[{"constructor":{"prototype":{}}}]', '0.constructor.prototype', /not allowed/],
  ['{"cents":9007199254740992}', 'cents', /too large/],
  ['{"cents":-9007199254740993}', 'cents', /too large/],
  ['[1,[2,1e999]]', '1.1', /too large/],
  [`{"a":${'1'.repeat(65)}}`, 'a', /more than 64 characters/],
  [`{"a":0.${'1'.repeat(63)}}`, 'a', /more than 64 characters/],
  [String.raw`{"name":"\ud800"}`, 'name', /half a character/],
  [String.raw`{"name":"\udc00"}`, 'name', /half a character/],
  [String.raw`{"name":"\ud83dx"}`, 'name', /half a character/],
  [String.raw`{"name":"\ud83d\u0041"}`, 'name', /half a character/],
  [String.raw`{"name":"\u0000"}`, 'name', /U\+0000/],
  ['['.repeat(33) + ']'.repeat(33), '0.'.repeat(32).slice(0, -1), /nested deeper than 32/],
  [`[${'0,'.repeat(20_000)}0]`, '19999', /more than 20000 values/],
]

for (const [text, path, reason] of refused) {
  test(`refuses ${text.slice(0, 60)} although JSON.parse takes it`, () => {
    assert.equal(isJson(text), true)

    const error = refusal(text)

    assert.match(error?.message ?? '', reason)
    assert.equal(error?.details['path'], path)
  })
}

const accepted: readonly string[] = [
  '0',
  '-0',
  '1',
  '-1.5e-3',
  '1E+2',
  '0.1',
  '9007199254740991',
  '-9007199254740991',
  '""',
  'true',
  'false',
  'null',
  '{}',
  '[]',
  ' \t\r\n[ ] ',
  '1e20',
  '12345678901234567.5',
  String.raw`"\"\\\/\b\f\n\r\t\u0041"`,
  String.raw`"\ud83d\ude00"`,
  '"😀é"',
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"constructor":1,"prototype":2}',
  '{"prototype":{"constructor":1}}',
  '{"__proto":1}',
  '{"":1,"a":""}',
  '['.repeat(32) + ']'.repeat(32),
]

for (const text of accepted) {
  test(`takes ${text.slice(0, 60)}`, () => {
    assert.equal(isJson(text), true)
    assert.equal(refusal(text), undefined)
  })
}

const broken: readonly string[] = [
  '',
  ' ',
  '{',
  '}',
  '[',
  ']',
  '"',
  '"\\',
  '"\\u',
  '"\\u12',
  '"\\x"',
  '"\\u12g4"',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '[1,]',
  '[,1]',
  '{,}',
  '{a:1}',
  "{'a':1}",
  '{1:1}',
  '01',
  '-',
  '+1',
  '.5',
  '1.',
  '1e',
  '1e+',
  '-01',
  '00',
  '0x10',
  '1_000',
  'NaN',
  'Infinity',
  'tru',
  'nul',
  'TRUE',
  'undefined',
  '1 2',
  '{}{}',
  '[1 2]',
  '{"a" 1}',
  '// a\n1',
  '/* */ 1',
  '"\n"',
  '"\t"',
  '{"a\nb":1}',
  '{"a\\',
  '\u00a01',
  '\ufeff1',
  '"a',
  '{"a',
  '{"a\\"',
  '-a',
]

for (const text of broken) {
  test(`refuses ${JSON.stringify(text)} as JSON.parse does`, () => {
    assert.equal(isJson(text), false)
    assert.ok(refusal(text))
  })
}

test('says the line and the column', () => {
  const error = refusal('{\n  "a": 1,\n  "b": ?\n}')

  assert.match(error?.message ?? '', /line 3, column 8, at "b"/)
  assert.deepEqual(error?.details, { path: 'b', line: 3, column: 8 })
})

test('shows no more of a name than 64 harmless characters', () => {
  const error = refusal(
    JSON.stringify({ [`\u202e${'x'.repeat(100)}`]: Number.MAX_VALUE }).replace('e+', 'e+9'),
  )

  assert.equal(error?.details['path'], `?${'x'.repeat(63)}`)
})

test('counts keys and values up to their limits', () => {
  const small = createJsonScanner({ ...limits, valuesMax: 80, keysPerObjectMax: 30 })
  const keys = (count: number): string =>
    JSON.stringify(
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0])),
    )

  assert.equal(refusal(keys(30), small), undefined)
  assert.match(refusal(keys(31), small)?.message ?? '', /more than 30 keys/)
  assert.equal(refusal(`[${keys(30)},${keys(30)}]`, small), undefined)
  assert.equal(refusal(JSON.stringify(Array(79).fill(0)), small), undefined)
  assert.match(refusal(JSON.stringify(Array(80).fill(0)), small)?.message ?? '', /80 values/)
})

test('finds the second of two equal keys in an object of many', () => {
  const names = Array.from({ length: 200 }, (_, index) => `"k${index}":0`)

  assert.equal(refusal(`{${names.join(',')}}`), undefined)
  assert.equal(refusal(`{${names.join(',')},"k17":1}`)?.details['path'], 'k17')
})

test('keys with one hash are still told apart', () => {
  // In base 31 "Aa" and "BB" are the same number.
  assert.equal(refusal('{"Aa":1,"BB":2}'), undefined)
  assert.match(refusal('{"Aa":1,"BB":2,"Aa":3}')?.message ?? '', /comes twice/)
})

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((each) => !each.includes('\0'))
const safeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const { value: plainValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), safeNumber, text),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      text.filter((key) => !['__proto__', 'prototype'].includes(key)),
      tie('value'),
      { maxKeys: 40 },
    ),
  ),
}))

test('takes every value that was written as JSON, however it is indented', () => {
  fc.assert(
    fc.property(plainValue, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const written = JSON.stringify(value, undefined, indent)
      // A double of 16 digits and more is written without a point: then it reads as an unsafe integer.
      fc.pre(
        !/(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/.test(written.replaceAll(/"(\\.|[^"\\])*"/g, '""')),
      )

      assert.equal(refusal(written), undefined)
    }),
    { numRuns: 500 },
  )
})

const noise = fc.constantFrom(...Array.from('{}[]",:\\ue+-.0159 \n\ttrfalsn\u0000😀'), '"a":')

test('never takes a text that JSON.parse refuses, and names a reason for each that only it refuses', () => {
  const extra = /twice|not allowed|too large|half a character|nested|more than/
  let onlyOurs = 0
  let both = 0
  fc.assert(
    fc.property(plainValue, fc.tuple(fc.nat(), fc.nat(3), noise), (value, [place, cut, put]) => {
      const written = JSON.stringify(value)
      const at = place % (written.length + 1)
      const mutated = written.slice(0, at) + put + written.slice(at + cut)

      const error = refusal(mutated)

      if (!isJson(mutated)) assert.ok(error, `takes ${mutated}`)
      else if (error) assert.match(error.message, extra, mutated)
      if (!isJson(mutated)) both += 1
      else if (!error) onlyOurs += 1
    }),
    { numRuns: 3_000 },
  )
  assert.ok(both > 500 && onlyOurs > 100, `${both} broken and ${onlyOurs} whole texts were seen`)
})

test('finds a key that is repeated anywhere', () => {
  fc.assert(
    fc.property(
      fc.dictionary(text, fc.integer(), { minKeys: 1, maxKeys: 60 }),
      fc.nat(),
      (object, pick) => {
        const entries = Object.entries(object).filter(([key]) => key !== '__proto__')
        fc.pre(entries.length > 0)
        const [key] = entries[pick % entries.length] ?? ['']
        const escaped = escapeUnits(key)
        const written = JSON.stringify(Object.fromEntries(entries))

        const error = refusal(`[${written.slice(0, -1)},"${escaped}":0}]`)

        assert.match(error?.message ?? '', /comes twice/)
      },
    ),
    { numRuns: 300 },
  )
})

function escapeUnits(name: string): string {
  return name
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
