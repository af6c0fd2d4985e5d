import t from 'tap'
import type { Json, Schema } from '../../src/contract/model.ts'
import { isObject, resolveFragment } from '../../src/contract/walk.ts'
import { readXml, writeXml } from '../../src/contract/xml.ts'

type Fields = Readonly<Record<string, unknown>>

const KIND = { type: 'string', xml: { name: 'kind' } }
const COMPONENTS: Readonly<Record<string, Schema>> = {
  Payee: { type: 'object', properties: { name: { type: 'string' }, rank: { type: 'integer' } } },
  Named: { type: 'object', properties: { id: { type: 'integer' } }, xml: { name: 'named' } },
  Kind: KIND,
  Alias: { $ref: '#/components/schemas/Payee' },
  'A/B c': { type: 'string' },
  Folder: {
    type: 'object',
    properties: {
      size: { type: 'integer' },
      folders: { type: 'array', items: { $ref: '#/components/schemas/Folder' } },
    },
  },
  Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }], xml: { name: 'loop' } },
}
const ref = (name: string, more: Fields = {}) => ({ $ref: `#/components/schemas/${name}`, ...more })

const DOCUMENT = { components: { schemas: COMPONENTS } }

const follow = (schema: unknown): Record<string, unknown> => {
  let node = schema
  while (isObject(node) && typeof node.$ref === 'string')
    node = resolveFragment(DOCUMENT, node.$ref)
  return isObject(node) ? node : {}
}

const object = (properties: Fields, more: Fields = {}) => ({
  type: 'object',
  properties,
  ...more,
})
const strings = (xml?: Fields, items?: Fields) => ({
  type: 'array',
  items: { type: 'string', ...(items && { xml: items }) },
  ...(xml && { xml }),
})

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
const write = async (value: Json, schema?: Schema, name?: string) => {
  const text = await writeXml(value, schema, follow, name)
  return text.startsWith(HEAD) ? text.slice(HEAD.length) : `no declaration: ${text}`
}
const read = (text: string, schema?: Schema) => readXml(text, schema, follow)

const PAIR = { fruits: ['fig', 'kiwi'] }
const sample = { prefix: 'f', namespace: 'https://shop.example/fruit' }

/** The specification's own cases first, in its order; then ours. What is written is read again. */
const BOTH: readonly [what: string, schema: Schema | undefined, value: Json, inner: string][] = [
  ['a property', object({ fruits: { type: 'string' } }), { fruits: 'fig' }, '<fruits>fig</fruits>'],
  ['a list', object({ fruits: strings() }), PAIR, '<fruits>fig</fruits><fruits>kiwi</fruits>'],
  [
    'another name',
    object({ fruits: { type: 'string', xml: { name: 'fruit' } } }),
    { fruits: 'fig' },
    '<fruit>fig</fruit>',
  ],
  [
    'items of another name',
    object({ fruits: strings(undefined, { name: 'fruit' }) }),
    PAIR,
    '<fruit>fig</fruit><fruit>kiwi</fruit>',
  ],
  [
    'a list whose own name stands nowhere',
    object({ fruits: strings({ name: 'basket' }, { name: 'fruit' }) }),
    PAIR,
    '<fruit>fig</fruit><fruit>kiwi</fruit>',
  ],
  [
    'a wrapped list',
    object({ fruits: strings({ wrapped: true }) }),
    PAIR,
    '<fruits><fruits>fig</fruits><fruits>kiwi</fruits></fruits>',
  ],
  [
    'a wrapped list with items of another name',
    object({ fruits: strings({ wrapped: true }, { name: 'fruit' }) }),
    PAIR,
    '<fruits><fruit>fig</fruit><fruit>kiwi</fruit></fruits>',
  ],
  [
    'a wrapped list, both names replaced',
    object({ fruits: strings({ wrapped: true, name: 'basket' }, { name: 'fruit' }) }),
    PAIR,
    '<basket><fruit>fig</fruit><fruit>kiwi</fruit></basket>',
  ],
  [
    'a wrapped list, the outer name replaced',
    object({ fruits: strings({ wrapped: true, name: 'basket' }) }),
    PAIR,
    '<basket><basket>fig</basket><basket>kiwi</basket></basket>',
  ],
  [
    'a prefix with its namespace, once where it is inherited',
    object({ a: { ...object({ b: { xml: sample } }), xml: sample }, c: { xml: sample } }),
    { a: { b: 'x' }, c: 'y' },
    '<f:a xmlns:f="https://shop.example/fruit"><f:b>x</f:b></f:a>' +
      '<f:c xmlns:f="https://shop.example/fruit">y</f:c>',
  ],
  [
    'a namespace without a prefix',
    object({ a: { type: 'string', xml: { namespace: 'urn:a&b' } } }),
    { a: 'x' },
    '<a xmlns="urn:a&amp;b">x</a>',
  ],
  [
    'a prefix that is bound nowhere',
    object({ a: { type: 'string', xml: { prefix: 'q' } } }),
    { a: 'x' },
    '<q:a xmlns:q="urn:prefix:q">x</q:a>',
  ],
  ['a wrapped empty list', object({ a: strings({ wrapped: true }) }), { a: [] }, '<a/>'],
  ['an empty text', object({ a: { type: 'string' } }), { a: '' }, '<a/>'],
  ['an empty object', object({ a: object({}) }), { a: {} }, '<a/>'],
  [
    'null, where only that is empty',
    object({ a: { type: ['number', 'null'] } }),
    { a: null },
    '<a/>',
  ],
  ['a number', object({ a: { type: 'number' } }), { a: -1.5e30 }, '<a>-1.5e+30</a>'],
  ['a boolean', object({ a: { type: 'boolean' } }), { a: false }, '<a>false</a>'],
  ['a type implied by an enum', object({ a: { enum: [1, 2] } }), { a: 2 }, '<a>2</a>'],
  [
    'lists of lists',
    { additionalProperties: { type: 'array', items: { type: 'array', items: {} } } },
    { a: [['x'], [], ['y', 'z']] },
    '<a><a>x</a></a><a/><a><a>y</a><a>z</a></a>',
  ],
  ['signs', undefined, { a: '<&>"\'\r\n' }, '<a>&lt;&amp;&gt;&quot;&apos;&#13;\n</a>'],
  ['the order of the value', object({ a: {}, b: {} }), { b: 'x', a: 'y' }, '<b>x</b><a>y</a>'],
  [
    'allOf, and the first branch that has the property',
    {
      allOf: [object({ a: { type: 'integer' } }), ref('Payee')],
      oneOf: [object({ b: { type: 'boolean' } }), object({ b: { type: 'string' }, c: KIND })],
    },
    { a: 1, rank: 2, b: true, c: 'x' },
    '<a>1</a><rank>2</rank><b>true</b><kind>x</kind>',
  ],
  [
    'additional properties',
    object({ a: {} }, { additionalProperties: { type: 'integer' } }),
    { a: '1', z: 2 },
    '<a>1</a><z>2</z>',
  ],
  [
    'a reference, its own xml and what it adds to it',
    object({
      a: ref('Kind'),
      b: ref('Kind', { xml: { name: 'other' } }),
      c: { allOf: [ref('Kind')] },
    }),
    { a: 'x', b: 'y' },
    '<kind>x</kind><other>y</other>',
  ],
  [
    'what may be null',
    object({ a: { anyOf: [ref('Named'), { type: 'null' }] } }),
    { a: { id: 1 } },
    '<named><id>1</id></named>',
  ],
]

for (const [what, schema, value, inner] of BOTH) {
  t.test(`${what} is written and read`, async (t) => {
    t.equal(await write(value, schema), `<root>${inner}</root>`)
    t.same(await read(`<root>${inner}</root>`, schema), value)
  })
}

const ATTRIBUTES = object({
  id: { type: 'integer', xml: { attribute: true } },
  tag: { type: 'string', xml: { attribute: true, name: 'label', ...sample } },
  text: { type: 'string' },
})

t.test('attributes are written and read', async (t) => {
  const value = { text: 'x', id: 7, tag: '"<\r\n\t' }
  const text = await write(value, ATTRIBUTES)
  const tag = 'xmlns:f="https://shop.example/fruit" f:label="&quot;&lt;&#13;&#10;&#9;"'
  t.equal(text, `<root id="7" ${tag}><text>x</text></root>`)
  t.same(await read(text, ATTRIBUTES), value)
})

const ROOTS: readonly [schema: Schema | undefined, name: string | undefined, start: string][] = [
  [undefined, undefined, '<root/>'],
  [undefined, 'given', '<given/>'],
  [ref('Payee'), 'given', '<Payee/>'],
  [ref('Alias'), 'given', '<Alias/>'],
  [ref('A~1B%20c'), 'given', '<A_B_c/>'],
  [ref('Named'), 'given', '<named/>'],
  [ref('Loop'), 'given', '<loop/>'],
  [{ xml: { name: 'own', ...sample } }, 'given', '<f:own xmlns:f="https://shop.example/fruit"/>'],
  [{ xml: { name: 'q:own' } }, 'given', '<q:own xmlns:q="urn:prefix:q"/>'],
  [true, '1 of: two', '<_1_of__two/>'],
]

for (const [schema, name, start] of ROOTS) {
  t.test(`the root of ${JSON.stringify(schema)}, called ${name}, is ${start}`, async (t) => {
    t.equal(await write({}, schema, name), start)
  })
}

const WRITTEN: readonly [what: string, value: Json, schema: Schema | undefined, text: string][] = [
  ['null', { a: null, b: [null] }, undefined, '<root><a/><b/></root>'],
  ['a null attribute', { id: null, text: 'x' }, ATTRIBUTES, '<root><text>x</text></root>'],
  ['an empty list', { a: [], b: 'x' }, undefined, '<root><b>x</b></root>'],
  [
    'a list of a component',
    [{ id: 1 }],
    { items: ref('Named') },
    '<root><named><id>1</id></named></root>',
  ],
  ['a list of another', [{}], { items: ref('Payee') }, '<root><Payee/></root>'],
  [
    'keys that are no names',
    { 'a b': 1, '': 2, '<>': 3, 'é:1': 4, xmlns: 5 },
    undefined,
    '<root><a_b>1</a_b><_>2</_><__>3</__><é_1>4</é_1><_xmlns>5</_xmlns></root>',
  ],
  ['what XML has no character for', 'a\0\ud800\uffffb😀', undefined, '<root>a���b😀</root>'],
]

for (const [what, value, schema, text] of WRITTEN) {
  t.test(`${what} is written as ${text}`, async (t) => {
    t.equal(await write(value, schema), text)
    await read(text)
  })
}
