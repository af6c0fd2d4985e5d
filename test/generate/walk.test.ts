/** A generated value keeps to its schema, shows what that describes, and stays small. */
import t from 'tap'
import { made, makerOf, ref } from '../fixtures/generating.ts'

const text = { type: 'string' }
const whole = { type: 'integer' }
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const list = (items: unknown, more: object = {}) => ({ type: 'array', items, ...more })

type Row = readonly [what: string, schema: unknown, is: unknown]

const size = (length: number) => (value: object) => Object.keys(value).length === length
const matches = (pattern: RegExp) => (value: unknown) => pattern.test(String(value))

/** `is` is a value, what it must match, or a test of it. */
const FORMS: readonly Row[] = [
  ['true', true, String],
  ['an empty schema', {}, String],
  ['a type', { type: 'boolean' }, Boolean],
  ['null only', { type: 'null' }, null],
  ['null before another type', { type: ['null', 'integer'] }, Number],
  ['a list of types', { type: ['string', 'null'] }, String],
  ['a const', { const: 'x' }, 'x'],
  ['a const of null', { const: null }, null],
  ['an enum', { enum: ['A', 'B'] }, 'A'],
  ['an enum with null first', { enum: [null, 'A'] }, 'A'],
  ['an enum of null only', { enum: [null] }, null],
  ['an enum of which one is forbidden', { enum: ['A', 'B'], not: { const: 'A' } }, 'B'],
  ['an enum with values of another type', { type: 'integer', enum: ['1', 1] }, 1],
  ['null in a oneOf', { oneOf: [{ type: 'null' }, text] }, String],
  ['null in an anyOf', { anyOf: [text, { type: 'null' }] }, String],
  ['a default', { type: 'string', default: 'd' }, 'd'],
  ['a default of null', { type: ['string', 'null'], default: null }, String],
  ['an example', { type: 'string', example: 'e', default: 'd' }, 'e'],
  ['examples', { type: 'string', examples: ['e', 'f'] }, 'e'],
  ['an example of null', { type: ['string', 'null'], example: null }, String],
  ['an example of another type', { type: 'integer', example: '12' }, Number],
  ['an example that is not in the enum', { enum: ['A'], example: 'Z' }, 'A'],
  ['an example that is too long', { type: 'string', maxLength: 2, example: 'long' }, /^..?$/],
  [
    'a default that lacks what is required',
    object({ a: whole }, { required: ['a'], default: {} }),
    { a: Number },
  ],
  ['deprecated', object({ a: { type: 'integer', deprecated: true } }), { a: Number }],
  ['type of properties', { properties: { a: whole } }, { a: Number }],
  ['type of items', { items: whole }, [Number]],
  ['type of bounds', { minimum: 3, maximum: 3 }, 3],
  ['type of minProperties', { minProperties: 2 }, size(2)],
  ['type of minItems', { minItems: 2 }, size(2)],
]

const TEXTS: readonly Row[] = [
  ['a uri', { type: 'string', format: 'uri' }, matches(/^https:\/\/[^ ]+$/)],
  ['a url', { type: 'string', format: 'url' }, matches(/^https:\/\/[^ ]+$/)],
  ['an email address', { type: 'string', format: 'email' }, matches(/^\S+@\S+\.\S+$/)],
  [
    'a uuid',
    { type: 'string', format: 'uuid' },
    matches(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/),
  ],
  ['a date', { type: 'string', format: 'date' }, matches(/^\d{4}-\d\d-\d\d$/)],
  ['a date with time', { type: 'string', format: 'date-time' }, matches(/^\d{4}-\d\d-\d\dT.*Z$/)],
  ['a time', { type: 'string', format: 'time' }, matches(/^\d\d:\d\d/)],
  ['a duration', { type: 'string', format: 'duration' }, matches(/^P/)],
  ['an IPv4 address', { type: 'string', format: 'ipv4' }, matches(/^(?:\d+\.){3}\d+$/)],
  ['an IPv6 address', { type: 'string', format: 'ipv6' }, matches(/:/)],
  ['a hostname', { type: 'string', format: 'hostname' }, matches(/^[\w.-]+$/)],
  [
    'bytes',
    { type: 'string', format: 'byte' },
    matches(/^(?:[\w+/]{4})+(?:[\w+/]{2}==|[\w+/]{3}=)?$/),
  ],
  ['an unknown format', { type: 'string', format: 'phone', maxLength: 9 }, matches(/^.{1,9}$/)],
  [
    'a date of a certain year',
    { type: 'string', format: 'date', pattern: '^2020-01-0[1-9]$' },
    matches(/^2020-01/),
  ],
  ['a pattern', { type: 'string', pattern: '^[A-Z]{3}-\\d{2}$' }, matches(/^[A-Z]{3}-\d\d$/)],
  [
    'a pattern that is longer than usual',
    { type: 'string', pattern: '^[a-z]*$', minLength: 40 },
    matches(/^[a-z]{40}/),
  ],
  [
    'a pattern that is shorter than usual',
    { type: 'string', pattern: '^[\\w.-]{1,64}$', maxLength: 3 },
    matches(/^.{1,3}$/),
  ],
  [
    'a pattern of letters',
    { type: 'string', pattern: '^\\p{Lu}[\\p{L}-]+$' },
    matches(/^[A-Z][a-z-]+$/),
  ],
  ['an empty string', { type: 'string', maxLength: 0 }, ''],
  ['a long string', { type: 'string', minLength: 300 }, matches(/^.{300,400}$/)],
]

const NUMBERS: readonly Row[] = [
  ['int64', { type: 'integer', format: 'int64' }, Number.isSafeInteger],
  ['int32', { type: 'integer', format: 'int32' }, (n: number) => Math.abs(n) < 2 ** 31],
  ['exclusive bounds', { type: 'integer', exclusiveMinimum: 5, exclusiveMaximum: 7 }, 6],
  [
    'narrow bounds',
    { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 },
    (n: number) => n > 0 && n < 0.001,
  ],
  ['two lower bounds', { type: 'number', minimum: 0, exclusiveMinimum: 0 }, (n: number) => n > 0],
  ['a bound far from 0', { type: 'integer', minimum: 1e12 }, (n: number) => n >= 1e12],
  ['a bound far below 0', { type: 'integer', maximum: -1e12 }, (n: number) => n <= -1e12],
  ['bounds that are not integers', { type: 'integer', minimum: 1.2, maximum: 2.8 }, 2],
  ['one value', { type: 'number', minimum: 1.5, maximum: 1.5 }, 1.5],
  [
    'cents',
    { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 1 },
    (n: number) => /^\d(?:\.\d\d?)?$/.test(`${n}`),
  ],
  ['tenths', { type: 'number', multipleOf: 0.1, minimum: 0.45, maximum: 0.55 }, 0.5],
  ['a multiple beyond a bound', { type: 'integer', multipleOf: 7, minimum: 8, maximum: 20 }, 14],
]

const OBJECTS: readonly Row[] = [
  ['optional properties', object({ a: whole, b: text }), { a: Number, b: String }],
  ['a property that is required and not listed', object({}, { required: ['a'] }), { a: String }],
  ['no more than is listed', object({ a: whole }, { additionalProperties: false }), size(1)],
  ['a property that is false', object({ a: false, b: whole }), { b: Number }],
  ['a map', object({}, { additionalProperties: whole }), { key1: Number }],
  [
    'a map of anything',
    object({}, { additionalProperties: true, minProperties: 1 }),
    { key1: 'text' },
  ],
  [
    'a map without anything',
    object({}, { additionalProperties: whole, maxProperties: 0 }),
    size(0),
  ],
  [
    'properties by pattern',
    {
      type: 'object',
      patternProperties: { '^x-\\d$': whole },
      additionalProperties: false,
      minProperties: 2,
    },
    size(2),
  ],
  [
    'a required property of a pattern',
    { type: 'object', patternProperties: { '^x-': whole }, required: ['x-1'] },
    { 'x-1': Number },
  ],
  [
    'property names of a pattern',
    object({}, { propertyNames: { pattern: '^[a-z]{3}$' }, additionalProperties: whole }),
    (value: object) => /^[a-z]{3}$/.test(Object.keys(value).join()),
  ],
  [
    'property names of an enum',
    object(
      {},
      { propertyNames: { enum: ['n', 'm'] }, additionalProperties: whole, minProperties: 2 },
    ),
    { n: Number, m: Number },
  ],
  [
    'minProperties',
    object({ a: whole, b: whole, c: whole }, { minProperties: 3, additionalProperties: false }),
    size(3),
  ],
  [
    'maxProperties',
    object({ a: whole, b: whole, c: whole }, { required: ['c'], maxProperties: 2 }),
    (value: object) => size(2)(value) && 'c' in value,
  ],
  [
    'a dependent property',
    object({ a: whole, b: whole }, { dependentRequired: { a: ['b'] } }),
    { b: Number },
  ],
  [
    'properties beside unevaluatedProperties',
    { allOf: [object({ a: whole })], properties: { b: whole }, unevaluatedProperties: false },
    size(2),
  ],
  [
    'writeOnly',
    object({ a: whole, w: { type: 'string', writeOnly: true } }, { required: ['a', 'w'] }),
    size(1),
  ],
  [
    'writeOnly in its example',
    object({ a: whole, w: { type: 'string', writeOnly: true } }, { example: { a: 1, w: 'x' } }),
    { a: 1 },
  ],
  [
    'writeOnly in an allOf of the property',
    object({ a: whole, w: { allOf: [{ type: 'string', writeOnly: true }] } }, { required: ['w'] }),
    size(1),
  ],
  ['readOnly', object({ a: { type: 'integer', readOnly: true } }), { a: Number }],
  [
    'a property called __proto__',
    JSON.parse('{"type":"object","properties":{"__proto__":{"const":1}}}'),
    (value: object) => Object.hasOwn(value, '__proto__'),
  ],
]

const LISTS: readonly Row[] = [
  ['items', list(whole), [Number]],
  ['no items', list(whole, { maxItems: 0 }), []],
  ['items that are false', list(false), []],
  ['some items', list(whole, { minItems: 3, maxItems: 3 }), size(3)],
  ['a tuple', { type: 'array', prefixItems: [text, whole] }, [String, Number]],
  [
    'a tuple without further items',
    { type: 'array', prefixItems: [text, whole], items: false },
    size(2),
  ],
  [
    'a tuple with further items',
    { type: 'array', prefixItems: [text], items: whole, minItems: 3 },
    [String, Number, Number],
  ],
  ['a tuple that is cut', { type: 'array', prefixItems: [text, whole], maxItems: 1 }, [String]],
  ['a contained item', { type: 'array', contains: { const: 5 } }, [5]],
  ['several contained items', { type: 'array', contains: { const: 5 }, minContains: 2 }, [5, 5]],
  ['an optional contained item', { type: 'array', contains: { const: 5 }, minContains: 0 }, []],
  [
    'a contained item among others',
    list(whole, { contains: { const: 5 }, maxContains: 1, minItems: 3 }),
    size(3),
  ],
  [
    'different choices',
    list({ enum: ['a', 'b', 'c'] }, { uniqueItems: true, minItems: 3 }),
    ['a', 'b', 'c'],
  ],
  [
    'a list of both booleans',
    list({ type: 'boolean' }, { uniqueItems: true, minItems: 2 }),
    size(2),
  ],
  [
    'different strings in spite of an example',
    list({ type: 'string', example: 'e' }, { uniqueItems: true, minItems: 2 }),
    size(2),
  ],
  [
    'different objects',
    list(object({ a: { type: 'integer', example: 1 } }, { required: ['a'] }), {
      uniqueItems: true,
      minItems: 2,
    }),
    size(2),
  ],
]

/** Builds `if`, `then` and `else`: written out, an object with `then` looks like a promise. */
const choice = (...parts: unknown[]) =>
  Object.fromEntries(parts.map((part, index) => [['if', 'then', 'else'][index], part]))

const KIND = {
  propertyName: 'kind',
  mapping: { cat: '#/components/schemas/Cat' },
}

const PETS = {
  Pet: object(
    { kind: text, name: text },
    {
      required: ['kind'],
      discriminator: KIND,
    },
  ),
  Cat: { allOf: [ref('Pet'), object({ lives: whole }, { required: ['lives'] })] },
  Dog: { allOf: [ref('Pet'), object({ tricks: list(text) }, { required: ['tricks'] })] },
  Chooser: { oneOf: [ref('Cat'), ref('Dog')], discriminator: { propertyName: 'kind' } },
  Lower: object({ kind: { enum: ['lower'] } }, { required: ['kind'] }),
}

const TOGETHER: readonly Row[] = [
  ['an allOf', { allOf: [object({ a: whole }), object({ b: text })] }, { a: Number, b: String }],
  [
    'properties beside allOf',
    { ...object({ b: text }), allOf: [object({ a: whole })] },
    { a: Number, b: String },
  ],
  [
    'one property in two parts',
    { allOf: [object({ a: { minimum: 5 } }), object({ a: { type: 'integer', maximum: 5 } })] },
    { a: 5 },
  ],
  ['an integer that is a number', { allOf: [{ type: 'number' }, whole] }, Number.isInteger],
  [
    'a number that is an integer',
    { allOf: [whole, { type: ['number', 'null'] }] },
    Number.isInteger,
  ],
  [
    'two enums that overlap',
    { allOf: [{ enum: [{ a: 1 }, 2] }, { enum: [{ a: 1 }, 3] }] },
    { a: 1 },
  ],
  [
    'two multiples',
    { allOf: [{ type: 'integer', multipleOf: 4 }, { multipleOf: 6 }] },
    (n: number) => n % 12 === 0,
  ],
  [
    'items of two parts',
    { allOf: [list({ minimum: 4 }), list({ type: 'integer', maximum: 4 })] },
    [4],
  ],
  [
    'two maps',
    {
      allOf: [
        object({}, { additionalProperties: { minimum: 4 } }),
        object({}, { additionalProperties: { type: 'integer', maximum: 4 } }),
      ],
    },
    { key1: 4 },
  ],
  [
    'a map that another part closes',
    {
      allOf: [
        object({ a: whole }, { additionalProperties: false }),
        object({}, { additionalProperties: true }),
      ],
    },
    { a: Number },
  ],
  [
    'different and some',
    { allOf: [list(whole, { uniqueItems: true }), { uniqueItems: false, minItems: 2 }] },
    size(2),
  ],
  [
    'an example of one part',
    {
      allOf: [
        object({ a: whole }, { example: { a: 1 } }),
        object({ b: whole }, { required: ['b'] }),
      ],
    },
    { a: 1, b: Number },
  ],
  [
    'examples of both parts',
    {
      allOf: [
        object({ a: whole }, { example: { a: 1 } }),
        object({ b: whole }, { example: { b: 2 } }),
      ],
    },
    { a: 1, b: 2 },
  ],
  [
    'its own example',
    { allOf: [object({ a: whole }, { example: { a: 1 } })], example: { a: 3 } },
    { a: 3 },
  ],
  ['a oneOf', { oneOf: [whole, text] }, Number],
  [
    'a oneOf with overlapping alternatives',
    object({ a: whole, b: whole }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
    size(1),
  ],
  ['an anyOf', { anyOf: [object({ a: whole }), object({ b: text })] }, { a: Number }],
  ['a schema with not', { type: 'integer', minimum: 1, maximum: 2, not: { const: 1 } }, 2],
  [
    'a property that must not exist',
    object({ a: whole, b: whole }, { not: { required: ['b'] } }),
    { a: Number },
  ],
  [
    'if and then',
    object(
      { k: { enum: ['x', 'y'] } },
      {
        ...choice(
          { properties: { k: { const: 'x' } } },
          { required: ['more'], properties: { more: whole } },
        ),
      },
    ),
    { k: 'x', more: Number },
  ],
  [
    'if and else',
    object(
      { k: { enum: ['y'] } },
      {
        required: ['k'],
        ...choice({ properties: { k: { const: 'x' } } }, false, {
          required: ['more'],
          properties: { more: whole },
        }),
      },
    ),
    { k: 'y', more: Number },
  ],
  [
    'a discriminator with mapping',
    { oneOf: [ref('Cat'), ref('Dog')], discriminator: KIND },
    { kind: 'cat', lives: Number },
  ],
  ['a discriminator whose base has a mapping', ref('Chooser'), { kind: 'cat' }],
  ['a base with a discriminator', ref('Pet'), { kind: 'Pet' }],
  ['a subtype of a base with a discriminator', ref('Cat'), { kind: 'cat', lives: Number }],
  ['a subtype without a mapping', ref('Dog'), { kind: 'Dog' }],
  ['a wrapped base with a discriminator', { allOf: [ref('Dog')] }, { kind: 'Dog' }],
  [
    'a discriminator whose enum has other names',
    { oneOf: [ref('Lower')], discriminator: { propertyName: 'kind' } },
    { kind: 'lower' },
  ],
]

const OTHERS: Readonly<Record<string, readonly Row[]>> = {
  FORMS,
  TEXTS,
  NUMBERS,
  OBJECTS,
  LISTS,
  TOGETHER,
}

for (const rows of Object.values(OTHERS)) {
  for (const [what, schema, is] of rows) {
    t.test(`${what} is generated by its schema`, async (t) => {
      for (const seed of [1, 2, 3, 2 ** 31 - 1]) {
        const value = await made(schema, PETS, { seed })
        const shown = JSON.stringify(value)
        const judged = typeof is === 'function' && ![String, Number, Boolean].includes(is as never)
        if (judged) t.ok((is as (value: unknown) => boolean)(value), shown)
        else t.match(value, is, shown)
      }
    })
  }
}

t.test(
  'alternatives that only their discriminator tells apart are made all the same',
  async (t) => {
    const schemas = {
      Car: object({ kind: text, seats: whole }),
      Van: object({ kind: text, load: whole }),
    }
    const schema = { oneOf: [ref('Car'), ref('Van')], discriminator: { propertyName: 'kind' } }
    const value = await makerOf(schema, schemas).generated()
    t.match(value, { ok: true, value: { kind: 'Car', seats: Number } })
  },
)

t.test('the first alternative is generated when nothing distinguishes them', async (t) => {
  const twins = { oneOf: [object({ a: text }), object({ a: text })] }
  t.match(await makerOf(twins).generated(), { ok: true, value: { a: String } })
  t.match(await makerOf({ oneOf: [false, false] }).generated(), { ok: false })
})

// Keywords of OpenAPI 3.0

const OLD: readonly Row[] = [
  ['nullable', { type: 'string', nullable: true }, String],
  ['nullable with an example of null', { type: 'string', nullable: true, example: null }, String],
  ['nullable beside a reference', { nullable: true, allOf: [ref('Code')] }, { id: Number }],
  ['an exclusive bound', { type: 'integer', minimum: 4, exclusiveMinimum: true, maximum: 5 }, 5],
]

for (const [what, schema, is] of OLD) {
  t.test(`${what} of OpenAPI 3.0 is generated by its schema`, async (t) => {
    const value = await made(schema, { Code: object({ id: whole }) }, { openapi: '3.0.3' })
    t.match(value, is)
  })
}

// Schemas that contain themselves

const RECURSIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  directly: { It: object({ a: whole, next: ref('It') }) },
  'where it may be null': { It: object({ next: { oneOf: [ref('It'), { type: 'null' }] } }) },
  'with a word beside it': { It: object({ next: { ...ref('It'), description: 'The next.' } }) },
  mutually: { It: object({ other: ref('Other') }), Other: object({ it: ref('It') }) },
  'through a list': { It: object({ all: list(ref('It')) }, { required: ['all'] }) },
  'through a list that wraps it': { It: object({ all: list({ allOf: [ref('It')] }) }) },
  'through a map': { It: object({}, { additionalProperties: ref('It') }) },
  'as a map': { It: object({ more: object({}, { additionalProperties: ref('It') }) }) },
  'as one of several': {
    It: {
      oneOf: [
        object(
          { left: ref('It'), right: ref('It') },
          { required: ['left', 'right'], additionalProperties: false },
        ),
        whole,
      ],
    },
  },
  'as any of several': { It: { anyOf: [list(ref('It'), { minItems: 2 }), whole] } },
  'as a base that lists what builds on it': {
    It: {
      ...object({ kind: text }),
      oneOf: [ref('Sub'), ref('Twin')],
      discriminator: { propertyName: 'kind' },
    },
    Sub: { allOf: [object({ kind: text }), object({ it: ref('It') })] },
    Twin: { allOf: [object({ kind: text }), object({ t: whole }, { required: ['t'] })] },
  },
}

/** Returns the ms that this process has computed since: how busy the machine is does not matter. */
function startTimer(): () => number {
  const start = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1_000
  }
}

for (const [how, schemas] of Object.entries(RECURSIONS)) {
  t.test(`a schema that contains itself ${how} ends`, async (t) => {
    const busy = startTimer()
    const value = await made(ref('It'), schemas)
    t.ok(busy() < 1_000)
    t.ok(JSON.stringify(value).length < 500, JSON.stringify(value))
  })
}

const ENDLESS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  once: { It: object({ next: ref('It') }, { required: ['next'] }) },
  twice: { It: object({ l: ref('It'), r: ref('It') }, { required: ['l', 'r'] }) },
  'by way of another': {
    It: object({ o: ref('Other') }, { required: ['o'] }),
    Other: object({ i: ref('It'), more: ref('It') }, { required: ['i'] }),
  },
  'in a list': { It: list(ref('It'), { minItems: 1 }) },
  'in a map': { It: object({}, { additionalProperties: ref('It'), minProperties: 1 }) },
}

for (const [how, schemas] of Object.entries(ENDLESS)) {
  t.test(`a schema that requires itself ${how} is given up at once with a reason`, async (t) => {
    const busy = startTimer()
    t.match(await makerOf(ref('It'), schemas).generated(), { ok: false, reason: /requires itself/ })
    t.ok(busy() < 1_000)
  })
}

t.test('a value that requires itself is left out when it is optional', async (t) => {
  const schema = object({ a: whole, bad: ref('It'), all: list(ref('It')) })
  const value = await made(schema, ENDLESS.twice)
  t.match(value, { a: Number })
  t.notOk('bad' in value)
})

// Seeds and size

const ROOMY = object({
  t: text,
  n: whole,
  d: { type: 'string', format: 'date' },
  p: { type: 'string', pattern: '^[a-z]{8}$' },
})

t.test('the same seed generates the same bytes, whatever was generated before', async (t) => {
  const { generated } = makerOf(ROOMY)
  const first = JSON.stringify(await generated(7))
  await generated(8)
  t.equal(JSON.stringify(await generated(7)), first)
  t.equal(JSON.stringify(await makerOf(ROOMY).generated(7)), first)
})

t.test('another seed changes each part of a value', async (t) => {
  const [one, other] = [await made(ROOMY), await made(ROOMY, {}, { seed: 2 })]
  for (const name of ['t', 'n', 'd', 'p']) t.not(one[name], other[name], name)
})

t.test('two values of one response differ', async (t) => {
  const { a, b } = await made(object({ a: text, b: text }))
  t.not(a, b)
})

t.test('a string stays short even when it may be long', async (t) => {
  for (const more of [{}, { format: 'phone' }, { pattern: '^[a-z]+$' }]) {
    t.ok((await made({ type: 'string', maxLength: 5_000, ...more })).length <= 24)
  }
})

const flood = (next: object) =>
  object(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`p${at}`, next])))

t.test('forty optional objects at each of three depths do not make a huge value', async (t) => {
  const schemas = { One: flood(ref('Two')), Two: flood(ref('Three')), Three: flood(text) }
  const { generated } = makerOf(ref('One'), schemas)
  await generated(1)
  const busy = startTimer()
  const value = await generated(2)
  const took = busy()
  t.ok(took < 1_000, `${took} ms`)
  t.ok(value.ok)
  t.ok(JSON.stringify(value).length < 100_000)
})

t.test('a schema is given up when it is a part of itself', async (t) => {
  const schemas = { It: { ...object({ a: whole }), allOf: [ref('It')] } }
  t.match(await makerOf(ref('It'), schemas).generated(), { ok: false })
})
