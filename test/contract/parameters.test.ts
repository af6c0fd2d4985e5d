/** Parameters in each style of OpenAPI, in each place, of each type. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type Reading, readerOf } from '../fixtures/contract-reader.ts'
import { character, runs } from '../fixtures/properties.ts'

const TEXT = { type: 'string' }
const COUNT = { type: 'integer' }
const LIST = { type: 'array', items: TEXT }
const NUMBERS = { type: 'array', items: COUNT }
const RGB = { type: 'object', properties: { R: COUNT, G: COUNT, B: COUNT } }

const COLOURS = ['blue', 'black', 'brown']
const COLOUR = { R: 100, G: 200, B: 150 }

type Place = keyof Reading['values']

interface Row {
  readonly style: string
  readonly explode: boolean
  readonly schema: object
  readonly text: string
  readonly value: unknown
}

const row = (
  style: string,
  explode: boolean,
  schema: object,
  text: string,
  value: unknown,
): Row => ({ style, explode, schema, text, value })

/** Puts a string where a parameter of that place is sent. */
function asked(place: Place, text: string): [url: string, headers: Record<string, string>] {
  if (place === 'path') return [`/x/${text}`, {}]
  if (place === 'query') return [text === '' ? '/x' : `/x?${text}`, {}]
  if (place === 'header') return ['/x', text === '' ? {} : { color: text }]
  return ['/x', text === '' ? {} : { cookie: text }]
}

function read(place: Place, text: string, parameter: object): Reading {
  const template = place === 'path' ? '/x/{color}' : '/x'
  const required = place === 'path'
  const reader = readerOf([{ name: 'color', in: place, required, ...parameter }], { template })
  return reader(...asked(place, text))
}

function holds(place: Place, rows: readonly Row[]): void {
  for (const { style, explode, schema, text, value } of rows) {
    const how = explode ? 'exploded' : 'not exploded'
    t.test(`in ${place}, ${style} ${how}, "${text}" is ${JSON.stringify(value)}`, async (t) => {
      const { values, faults } = read(place, text, { style, explode, schema })
      t.same(values[place].color, value)
      t.same(faults, [])
    })
  }
}

// The examples in OpenAPI 3.1's table of styles, and the same with other types.

holds('path', [
  row('simple', false, TEXT, 'blue', 'blue'),
  row('simple', true, TEXT, 'blue', 'blue'),
  row('simple', false, COUNT, '5', 5),
  row('simple', false, { type: 'boolean' }, 'true', true),
  row('simple', false, LIST, 'blue,black,brown', COLOURS),
  row('simple', true, LIST, 'blue,black,brown', COLOURS),
  row('simple', false, NUMBERS, '1,2', [1, 2]),
  row('simple', false, RGB, 'R,100,G,200,B,150', COLOUR),
  row('simple', true, RGB, 'R=100,G=200,B=150', COLOUR),
  row('label', false, TEXT, '.blue', 'blue'),
  row('label', true, TEXT, '.blue', 'blue'),
  row('label', false, { type: 'number' }, '.1.5', 1.5),
  row('label', false, LIST, '.blue,black,brown', COLOURS),
  row('label', true, LIST, '.blue.black.brown', COLOURS),
  row('label', false, RGB, '.R,100,G,200,B,150', COLOUR),
  row('label', true, RGB, '.R=100.G=200.B=150', COLOUR),
  // As in the table of 3.1.0, which 3.1.1 corrects.
  row('label', false, LIST, '.blue.black.brown', COLOURS),
  row('label', false, RGB, '.R.100.G.200.B.150', COLOUR),
  row('matrix', false, TEXT, ';color', ''),
  row('matrix', true, TEXT, ';color', ''),
  row('matrix', false, TEXT, ';color=blue', 'blue'),
  row('matrix', true, TEXT, ';color=blue', 'blue'),
  row('matrix', false, COUNT, ';color=5', 5),
  row('matrix', false, LIST, ';color=blue,black,brown', COLOURS),
  row('matrix', true, LIST, ';color=blue;color=black;color=brown', COLOURS),
  row('matrix', false, RGB, ';color=R,100,G,200,B,150', COLOUR),
  row('matrix', true, RGB, ';R=100;G=200;B=150', COLOUR),
])

holds('query', [
  row('form', false, TEXT, 'color=', ''),
  row('form', true, TEXT, 'color=', ''),
  row('form', false, TEXT, 'color=blue', 'blue'),
  row('form', true, TEXT, 'color=blue', 'blue'),
  row('form', true, COUNT, 'color=-5', -5),
  row('form', true, { type: 'number' }, 'color=1e3', 1000),
  row('form', true, { type: 'boolean' }, 'color=false', false),
  row('form', false, LIST, 'color=', []),
  row('form', false, LIST, 'color=blue,black,brown', COLOURS),
  row('form', true, LIST, 'color=blue&color=black&color=brown', COLOURS),
  row('form', true, LIST, 'color=blue', ['blue']),
  row('form', false, NUMBERS, 'color=1,2', [1, 2]),
  row('form', true, NUMBERS, 'color=1&color=2', [1, 2]),
  row('form', false, RGB, 'color=R,100,G,200,B,150', COLOUR),
  row('form', true, RGB, 'R=100&G=200&B=150', COLOUR),
  row('spaceDelimited', false, LIST, 'color=blue%20black%20brown', COLOURS),
  row('spaceDelimited', false, LIST, 'color=blue+black+brown', COLOURS),
  row('spaceDelimited', false, RGB, 'color=R%20100%20G%20200%20B%20150', COLOUR),
  row('spaceDelimited', true, LIST, 'color=blue&color=black', ['blue', 'black']),
  row('pipeDelimited', false, LIST, 'color=blue|black|brown', COLOURS),
  row('pipeDelimited', false, LIST, 'color=blue%7Cblack%7cbrown', COLOURS),
  row('pipeDelimited', false, RGB, 'color=R%7C100%7CG%7C200%7CB%7C150', COLOUR),
  row('pipeDelimited', true, LIST, 'color=blue&color=black', ['blue', 'black']),
  row('deepObject', true, RGB, 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150', COLOUR),
  row('deepObject', true, RGB, 'color[R]=100&color[G]=200&color[B]=150', COLOUR),
  // `explode` makes no difference here, and many documents leave it out.
  row('deepObject', false, RGB, 'color[R]=100&color[G]=200&color[B]=150', COLOUR),
])

holds('header', [
  row('simple', false, TEXT, 'blue', 'blue'),
  row('simple', false, TEXT, 'blue, black', 'blue, black'),
  row('simple', false, COUNT, '5', 5),
  row('simple', false, LIST, 'blue,black,brown', COLOURS),
  row('simple', true, LIST, 'blue, black, brown', COLOURS),
  row('simple', false, NUMBERS, '1, 2', [1, 2]),
  row('simple', false, RGB, 'R,100,G,200,B,150', COLOUR),
  row('simple', true, RGB, 'R=100,G=200,B=150', COLOUR),
])

holds('cookie', [
  row('form', false, TEXT, 'color=blue', 'blue'),
  row('form', true, TEXT, 'a=b; color=blue', 'blue'),
  row('form', true, COUNT, 'color=5', 5),
  row('form', false, TEXT, 'color=a%20b%3B', 'a b;'),
  row('form', false, TEXT, 'color=a+b', 'a+b'),
  row('form', false, LIST, 'color=blue,black,brown', COLOURS),
  row('form', true, LIST, 'color=blue&color=black&color=brown', COLOURS),
  row('form', true, LIST, 'color=blue; color=black; color=brown', COLOURS),
  row('form', true, LIST, 'color=blue', ['blue']),
  row('form', false, RGB, 'color=R,100,G,200,B,150', COLOUR),
  row('form', true, RGB, 'R=100&G=200&B=150', COLOUR),
  row('form', true, RGB, 'R=100; G=200; B=150', COLOUR),
])

// Delimiters within values

const WITHIN: readonly [place: Place, parameter: object, text: string, value: unknown][] = [
  ['path', { schema: LIST }, 'a%2Cb,c', ['a,b', 'c']],
  ['path', { schema: LIST }, 'a%2Cb', ['a,b']],
  ['path', { schema: LIST, style: 'label', explode: true }, '.a%2Eb.c', ['a.b', 'c']],
  ['path', { schema: LIST, style: 'matrix', explode: true }, ';color=a%3Bb;color=c', ['a;b', 'c']],
  ['path', { schema: TEXT, style: 'matrix' }, ';color=a%3Bb', 'a;b'],
  ['path', { schema: TEXT, style: 'matrix' }, ';color=100%25', '100%'],
  ['path', { schema: TEXT, style: 'matrix' }, ';color=%2525', '%25'],
  ['path', { schema: TEXT }, '%2525', '%25'],
  ['path', { schema: LIST }, '%2525', ['%25']],
  ['path', { schema: LIST }, 'a+b,c', ['a+b', 'c']],
  ['path', { schema: TEXT }, 'a+b', 'a+b'],
  ['path', { schema: TEXT }, 'a%2Fb', 'a/b'],
  ['path', { schema: TEXT, style: 'label' }, '.%2Ea', '.a'],
  ['path', { schema: { type: 'object' }, explode: true }, 'a%3D=b%2C', { 'a=': 'b,' }],
  ['query', { schema: LIST, explode: false }, 'color=a%2Cb,c', ['a,b', 'c']],
  ['query', { schema: LIST, explode: false }, 'color=a+b,c%2Bd', ['a b', 'c+d']],
  ['query', { schema: LIST, explode: false }, 'color=a&color=b,c', ['a', 'b', 'c']],
  ['query', { schema: LIST, style: 'pipeDelimited', explode: false }, 'color=a,b|c', ['a,b', 'c']],
  ['query', { schema: LIST }, 'color=a,b', ['a,b']],
  ['query', { schema: TEXT }, 'color=a,b', 'a,b'],
  ['query', { schema: TEXT }, 'color=a+b%2B', 'a b+'],
  ['query', { schema: TEXT }, 'color=a=b', 'a=b'],
  ['query', { schema: TEXT, allowReserved: true }, 'color=/a?b:c@d', '/a?b:c@d'],
  ['query', { schema: LIST, style: 'deepObject' }, 'color[]=a%26b&color[]=c', ['a&b', 'c']],
  ['cookie', { schema: LIST, explode: false }, 'color=a%2Cb,c', ['a,b', 'c']],
]

for (const [place, parameter, text, value] of WITHIN) {
  const how = JSON.stringify(parameter)
  t.test(`in ${place}, "${text}" of ${how} is ${JSON.stringify(value)}`, async (t) => {
    const { values, faults } = read(place, text, parameter)
    t.same(values[place].color, value)
    t.same(faults, [])
  })
}

t.test('literal characters of a path may be percent-encoded beside lists', async (t) => {
  const parameter = { name: 'ids', in: 'path', required: true, schema: LIST }
  const reader = readerOf([parameter], { template: '/codes/{ids}' })
  t.same(reader('/c%6Fdes/a%2Cb,c').values.path, { ids: ['a,b', 'c'] })
})

const ID = { name: 'id', in: 'path', required: true }

const SEGMENTS: readonly [template: string, url: string, values: object][] = [
  ['/a/{id}.json', '/a/1%2C2,3.json', { id: ['1,2', '3'] }],
  ['/a/{id}:verify', '/a/1%2C2,3%3Averify', { id: ['1,2', '3'] }],
  ['/{x}-{id}', '/a-1%2C2,3', { x: 'a', id: ['1,2', '3'] }],
  // An encoded character is part of a value: it does not separate parameters.
  ['/{x}-{id}', '/a%2Db-1,2', { x: 'a-b', id: ['1', '2'] }],
]

for (const [template, url, values] of SEGMENTS) {
  t.test(`${url} of ${template} is ${JSON.stringify(values)}`, async (t) => {
    const x = template.includes('{x}') ? [{ ...ID, name: 'x', schema: TEXT }] : []
    const reader = readerOf([...x, { ...ID, schema: LIST }], { template })
    t.same(reader(url).values.path, values)
  })
}

// Strings and the values they mean

const MEANT: readonly [schema: object, text: string, value: unknown][] = [
  [{ oneOf: [COUNT, TEXT] }, '5', 5],
  [{ oneOf: [COUNT, TEXT] }, 'five', 'five'],
  [{ oneOf: [COUNT, TEXT] }, '007', '007'],
  [{ type: ['integer', 'null'] }, 'null', null],
  [{ type: ['integer', 'null'] }, '', null],
  [{ type: ['string', 'null'] }, 'null', 'null'],
  [{ anyOf: [{ type: 'boolean' }, { enum: ['all'] }] }, 'all', 'all'],
  [{ anyOf: [{ type: 'boolean' }, { enum: ['all'] }] }, 'true', true],
  [{ enum: [1, 2] }, '2', 2],
  [{ const: true }, 'true', true],
  [{ type: ['integer', 'string'], enum: ['1', '2'] }, '1', '1'],
  [{ allOf: [{ $ref: '#/components/schemas/Count' }, { minimum: 1 }] }, '5', 5],
  [{}, '5', '5'],
  [{ anyOf: [LIST, { type: 'null' }] }, 'a', ['a']],
  [{ oneOf: [TEXT, LIST] }, 'a', 'a'],
  [{ type: 'array' }, '5', ['5']],
  [{ prefixItems: [COUNT, TEXT] }, '5', [5]],
]

for (const [schema, text, value] of MEANT) {
  const shown = JSON.stringify(value)
  t.test(`"${text}" of ${JSON.stringify(schema)} is ${shown}`, async (t) => {
    const components = { schemas: { Count: COUNT } }
    const reader = readerOf([{ name: 'a', in: 'query', schema }], { more: { components } })
    const { values, faults } = reader(`/x?a=${text}`)
    t.same(values.query.a, value)
    t.same(faults, [])
  })
}

for (const text of ['five', '1e999', '0x10', '1,000', ' 5', '+5', '٥', '']) {
  t.test(`"${text}" is not a number`, async (t) => {
    const url = `/x?color=${encodeURIComponent(text)}`
    const reader = readerOf([{ name: 'color', in: 'query', schema: { type: 'number' } }])
    t.same(reader(url).faults, ['query color type number'])
  })
}

// Parameters that are JSON

const JSON_OF = (schema: object) => ({ content: { 'application/json': { schema } } })

for (const [place, text] of [
  ['query', 'color=%7B%22R%22%3A100%7D'],
  ['path', '%7B%22R%22%3A100%7D'],
  ['header', '{"R":100}'],
  ['cookie', 'color=%7B%22R%22%3A100%7D'],
] as const) {
  t.test(`a parameter in ${place} may be JSON`, async (t) => {
    const { values, faults } = read(place, text, JSON_OF(RGB))
    t.same(values[place].color, { R: 100 })
    t.same(faults, [])
  })
}

t.test('a plus sign in JSON stays a plus sign in a cookie', async (t) => {
  t.same(read('cookie', 'color="a+b"', JSON_OF(TEXT)).values.cookie, { color: 'a+b' })
})

t.test('a parameter that should be JSON is refused by its schema when it is not', async (t) => {
  t.same(read('query', 'color=%7B', JSON_OF(RGB)).faults, ['query color type object'])
})

t.test('a JSON parameter is refused when it comes twice', async (t) => {
  t.same(read('query', 'color={}&color={}', JSON_OF(RGB)).faults, ['query color type object'])
})

t.test('a parameter with text/plain content is read by its schema', async (t) => {
  const content = { 'text/plain': { schema: COUNT } }
  t.same(read('query', 'color=5', { content }).values.query, { color: 5 })
})

// Missing or empty

const EMPTY = { name: 'verbose', in: 'query', allowEmptyValue: true, schema: { type: 'boolean' } }

for (const required of [true, false]) {
  const what = required ? 'a required switch' : 'an optional switch'
  t.test(`${what} may have no value`, async (t) => {
    const reader = readerOf([{ ...EMPTY, required }])
    for (const url of ['/x?verbose', '/x?verbose=', '/x?verbose=true']) {
      t.same(reader(url).faults, [], url)
    }
    t.same(reader('/x?verbose=maybe').faults, ['query verbose type boolean'])
    t.same(reader('/x').faults, required ? ['query verbose required'] : [])
  })
}

const ALL: readonly [place: Place, style: string][] = [
  ['query', 'form'],
  ['query', 'spaceDelimited'],
  ['query', 'pipeDelimited'],
  ['query', 'deepObject'],
  ['header', 'simple'],
  ['cookie', 'form'],
]

for (const [place, style] of ALL) {
  for (const [explode, schema] of [true, false].flatMap((explode) =>
    [TEXT, LIST, RGB].map((schema) => [explode, schema] as const),
  )) {
    const what = `${place}, ${style}, ${explode ? 'exploded' : 'not exploded'}, ${schema.type}`
    t.test(`a missing parameter is reported only when it is required: ${what}`, async (t) => {
      const { values, faults } = read(place, '', { style, explode, schema })
      t.same([values[place], faults], [{}, []])
      const needed = read(place, '', { style, explode, schema, required: true })
      t.same(needed.faults, [`${place} color required`])
    })
  }
}

// Several parameters

t.test('parameters of the path item are read unless the operation overrides them', async (t) => {
  const shared = [
    { name: 'a', in: 'query', schema: COUNT },
    { name: 'b', in: 'query', schema: COUNT },
  ]
  const reader = readerOf([{ name: 'b', in: 'query', schema: TEXT }], { shared })
  t.same(reader('/x?a=1&b=2').values.query, { a: 1, b: '2' })
})

const PAGE = {
  name: 'page',
  in: 'query',
  style: 'deepObject',
  schema: { type: 'object', properties: { size: COUNT } },
}
const free = (additionalProperties: unknown) => ({
  name: 'filter',
  in: 'query',
  schema: { type: 'object', additionalProperties },
})

t.test('a free-form object takes the parameters that no other one claims', async (t) => {
  const reader = readerOf([{ name: 'limit', in: 'query', schema: COUNT }, PAGE, free(TEXT)])
  t.same(reader('/x?limit=1&a=b&page[size]=2&c=3').values.query, {
    limit: 1,
    page: { size: 2 },
    filter: { a: 'b', c: '3' },
  })
})

t.test('values of a free-form object have the type of its schema', async (t) => {
  t.same(readerOf([free(COUNT)])('/x?a=1').values.query, { filter: { a: 1 } })
  t.same(readerOf([free(COUNT)])('/x?a=b').faults, ['query filter.a type integer'])
})

t.test('a property may have the name of its parameter', async (t) => {
  const schema = { type: 'object', properties: { filter: TEXT, other: TEXT } }
  const { values } = readerOf([{ name: 'filter', in: 'query', schema }])('/x?filter=a&other=b')
  t.same(values.query, { filter: { filter: 'a', other: 'b' } })
})

t.test('a missing property is reported when the object was sent', async (t) => {
  const schema = { ...RGB, required: ['R', 'G'] }
  const reader = readerOf([{ name: 'color', in: 'query', schema }])
  t.same(reader('/x').faults, [])
  t.same(reader('/x?R=1').faults, ['query color.G required'])
})

const RANGE = {
  ...{ name: 'created', in: 'query', style: 'deepObject' },
  schema: { anyOf: [{ type: 'object', properties: { gt: COUNT } }, COUNT] },
}

t.test('a parameter that may be an object or a value is read as either', async (t) => {
  const reader = readerOf([{ ...RANGE, required: true }])
  t.same(reader('/x?created[gt]=5').values.query, { created: { gt: 5 } })
  t.same(reader('/x?created=5').values.query, { created: 5 })
  t.same(reader('/x?created=5').faults, [])
  t.same(reader('/x?created=soon').faults.length, 1)
})

const DEEP: readonly [text: string, value: unknown][] = [
  ['f[a]=1&f[b]=2', { a: 1, b: '2' }],
  ['f[c][d]=1', { c: { d: 1 } }],
  ['f[list]=1', { list: [1] }],
  ['f[list]=1&f[list]=2', { list: [1, 2] }],
  ['f[list][]=1&f[list][]=2', { list: [1, 2] }],
  ['f[list][0]=1&f[list][1]=2', { list: [1, 2] }],
  ['f[a%20b]=c%26d', { 'a b': 'c&d' }],
  ['f[constructor]=x&f[toString]=y', { constructor: 'x', toString: 'y' }],
  [
    Array.from({ length: 40 }, (_, at) => `f[list]=${at}`).join('&'),
    { list: [...Array(40).keys()] },
  ],
]

for (const [text, value] of DEEP) {
  t.test(`${text.slice(0, 40)} is ${JSON.stringify(value).slice(0, 40)}`, async (t) => {
    const properties = { a: COUNT, c: { properties: { d: COUNT } }, list: NUMBERS }
    const schema = { type: 'object', properties }
    const parameter = { name: 'f', in: 'query', style: 'deepObject', schema }
    const { values, faults } = readerOf([parameter])(`/x?${text}`)
    t.same(values.query.f, value)
    t.same(faults, [])
  })
}

// Prototype names

for (const name of ['constructor', 'toString', '__proto__', 'valueOf', 'hasOwnProperty']) {
  for (const place of ['query', 'header', 'cookie'] as const) {
    // The library that builds the schema loses this name; no document has it.
    if (name === '__proto__') continue
    t.test(`a parameter in ${place} may be called ${name}`, async (t) => {
      const reader = readerOf([{ name, in: place, required: true, schema: COUNT }])
      const key = place === 'header' ? name.toLowerCase() : name
      const [url, headers] = {
        query: [`/x?${name}=5`, {}] as const,
        header: ['/x', JSON.parse(`{"${key}":"5"}`)] as const,
        cookie: ['/x', { cookie: `${name}=5` }] as const,
      }[place]
      const { values, faults } = reader(url, headers)
      t.same(Object.entries(values[place]), [[key, 5]])
      t.same(faults, [])
      t.same(reader('/x').faults, [`${place} ${key} required`])
    })
  }

  t.test(`a parameter in the path may be called ${name}`, async (t) => {
    const parameter = { name, in: 'path', required: true, schema: COUNT }
    const { values } = readerOf([parameter], { template: `/x/{${name}}` })('/x/5')
    t.same(Object.entries(values.path), [[name, 5]])
  })

  for (const explode of [true, false]) {
    t.test(`a property may be called ${name}, exploded: ${explode}`, async (t) => {
      const schema = { type: 'object', additionalProperties: TEXT }
      const reader = readerOf([{ name: 'o', in: 'query', explode, schema }])
      const { values } = reader(explode ? `/x?${name}=a` : `/x?o=${name},a`)
      t.same(Object.entries(values.query.o as object), [[name, 'a']])
    })
  }
}

// What a hostile client sends

const MANY = readerOf([
  { name: 'list', in: 'query', schema: LIST },
  { name: 'cut', in: 'query', explode: false, schema: LIST },
  { name: 'deep', in: 'query', style: 'deepObject', schema: { type: 'object' } },
  { name: 'piped', in: 'query', style: 'pipeDelimited', explode: false, schema: RGB },
  free(TEXT),
])

const HOSTILE: Readonly<Record<string, string>> = {
  'thousands of parameters': Array.from({ length: 20_000 }, (_, at) => `p${at}=1`).join('&'),
  'one parameter thousands of times': 'list=1&cut=1&deep[a]=1&'.repeat(5_000),
  'deep brackets': `deep${'[a]'.repeat(5_000)}=1`,
  'many indices': 'deep[999999999]=1&deep[-1]=2&deep[][][]=3',
  'brackets that do not close': 'deep[=1&deep[a=1&deep]=1&deep[[[[=2&deep[]]]]=3',
  'malformed percent signs': 'list=%&cut=%zz,%&deep[%]=%E0%A4&piped=%|%7&%=%',
  'nothing but punctuation': '&&==&=&?&#&;&deep[]&deep[__proto__][x]=1&[]=1&[a]=1',
  'NUL and other control characters': 'list=%00&cut=%0A,%0D&deep[%00]=%00',
}

for (const [what, query] of Object.entries(HOSTILE)) {
  t.test(`${what} are read without harm`, async (t) => {
    t.doesNotThrow(() => MANY(`/x?${query}`))
    t.same(({} as Record<string, unknown>).x, undefined)
  })
}

t.test('arbitrary queries do no harm', async () => {
  const part = fc.constantFrom(
    ...['list', 'cut', 'deep', 'piped', 'filter', '[', ']', '=', '&', '%', '+', ',', '|', '%5B'],
    ...['a', '0', '__proto__', 'constructor', '%2C', '%E0', '%00', '[]', '[a]', 'toString', '.'],
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      MANY(`/x?${parts.join('')}`)
    }),
    runs(1_000),
  )
})

// Round trips

const word = fc.string({ minLength: 1, maxLength: 8, unit: character })
const words = fc.array(word, { minLength: 1, maxLength: 5 })

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*.~-]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })

const WRITERS: readonly [
  place: Place,
  style: string,
  explode: boolean,
  (list: string[]) => string,
][] = [
  ['path', 'simple', false, (list) => list.join(',')],
  ['path', 'label', true, (list) => `.${list.join('.')}`],
  ['path', 'matrix', false, (list) => `;color=${list.join(',')}`],
  ['path', 'matrix', true, (list) => list.map((each) => `;color=${each}`).join('')],
  ['query', 'form', false, (list) => `color=${list.join(',')}`],
  ['query', 'form', true, (list) => list.map((each) => `color=${each}`).join('&')],
  ['query', 'deepObject', true, (list) => list.map((each) => `color[]=${each}`).join('&')],
  ['cookie', 'form', false, (list) => `color=${list.join(',')}`],
  ['cookie', 'form', true, (list) => list.map((each) => `color=${each}`).join('; ')],
]

for (const [place, style, explode, write] of WRITERS) {
  const how = explode ? 'exploded' : 'not exploded'
  t.test(`a list is read as it was written: ${place}, ${style}, ${how}`, async () => {
    const template = place === 'path' ? '/x/{color}' : '/x'
    const parameter = { name: 'color', in: place, required: true, style, explode, schema: LIST }
    const reader = readerOf([parameter], { template })
    fc.assert(
      fc.property(words, (list) => {
        const { values } = reader(...asked(place, write(list.map(encode))))
        return isDeepStrictEqual(values[place].color, list)
      }),
      runs(500),
    )
  })
}
