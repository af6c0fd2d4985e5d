/** Properties that hold for any value and any text. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { Json, Schema } from '../../src/contract/model.ts'
import { readXml, writeXml, XmlError } from '../../src/contract/xml.ts'
import { character, runs } from '../fixtures/properties.ts'

const follow = () => ({})

t.test('a long document takes no more than its length', async (t) => {
  const many = Array.from({ length: 100_000 }, (_, index) => index)
  const schema = { type: 'array', items: { type: 'integer' } }
  const there = await readXml(await writeXml(many, schema, follow), schema, follow)
  t.ok(isDeepStrictEqual(there, many), 'and is read as it was')
  const hostile = ['<!--', '<a ', '<a b="', '&', '<a><?', `<a b${' '.repeat(99)}`, '<a>1', '1.']
  for (const part of hostile) {
    const schema = { type: 'number' }
    for (const text of [part.repeat(50_000), `<r>${part.repeat(50_000)}x</r>`]) {
      await readXml(text, schema, follow).catch((error: unknown) => t.type(error, XmlError))
    }
  }
})

t.test('any value is written as a document that can be read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5, stringUnit: character }), async (value) => {
      await readXml(await writeXml(value as Json, { xml: { wrapped: true } }, follow), true, follow)
    }),
    runs(1_000),
  )
})

t.test('any text is read, or refused with its place', async () => {
  const piece = fc.constantFrom(
    ...['<', '>', '/', 'a', ' b="', '"', "'", '&', ';', '&lt;', '<a>'],
    ...['</a>', '<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '=', '#', 'x', '\n', '__proto__'],
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const error = await readXml(`<a>${pieces.join('')}</a>`, undefined, follow).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (error !== undefined && !(error instanceof XmlError)) throw error
    }),
    runs(2000),
  )
})

// Round trips: schemas generated together with values for them.

interface Case {
  readonly schema: Schema
  readonly value: Json
}

const text = fc.string({ unit: fc.constantFrom(...'a é😀<&>"\'\r\n\t];#:') })
const of = (type: unknown, values: fc.Arbitrary<Json>): fc.Arbitrary<Case> =>
  values.map((value) => ({ schema: { type } as Schema, value }))
const finite = fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => number || 0)
const simple = fc.oneof(
  of('string', text),
  of('integer', fc.integer()),
  of(['number', 'null'], finite),
  of('boolean', fc.boolean()),
)
const nothing = of(['integer', 'null'], fc.constant(null))
const names = fc.record(
  {
    prefix: fc.constantFrom('p', 'q', 'xml'),
    namespace: fc.constantFrom('urn:a', 'urn:b&"'),
    wrapped: fc.boolean(),
    attribute: fc.boolean(),
  },
  { requiredKeys: [] },
)

interface Member extends Case {
  readonly key: string
  readonly xml: { readonly wrapped?: boolean; readonly attribute?: boolean }
}

/** Properties get different names, since two of the same name could not be distinguished. */
function objectOf(members: readonly Member[]): Case {
  const properties = members.map(({ key, schema, value, xml }, index) => {
    const { attribute, ...rest } = xml
    const flat = typeof value !== 'object'
    const named = { ...rest, ...(flat && { attribute }), name: `${key}-${index}` }
    const { items } = schema as { items?: object }
    // An empty list without an element around it leaves nothing to read.
    const wrapped = xml.wrapped || (Array.isArray(value) && value.length === 0)
    const inner = items && { items: { ...items, xml: { name: `item-${index}` } } }
    return [
      `${key} ${index}`,
      { ...(schema as object), ...inner, xml: { ...named, wrapped } },
    ] as const
  })
  return {
    schema: { type: 'object', properties: Object.fromEntries(properties) },
    value: Object.fromEntries(members.map(({ key, value }, index) => [`${key} ${index}`, value])),
  }
}

const { any } = fc.letrec<{ any: Case }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    simple,
    nothing,
    fc
      .array(
        fc.record({ key: fc.constantFrom('a', '__proto__', '1 x'), xml: names, of: tie('any') }),
      )
      .map((members) => objectOf(members.map(({ of, ...rest }) => ({ ...rest, ...of })))),
    fc.tuple(tie('any'), fc.nat(3)).map(([{ schema, value }, length]) => ({
      schema: { type: 'array', items: schema },
      value: Array.from({ length }, () => value),
    })),
  ),
}))

t.test('what is written by a schema is read by it as it was', async () => {
  await fc.assert(
    fc.asyncProperty(any, async ({ schema, value }) => {
      const text = await writeXml(value, schema, follow)
      const again = await readXml(text, schema, follow)
      const same = JSON.stringify(sorted(again)) === JSON.stringify(sorted(value))
      if (!same) throw new Error(`${text} is read as ${JSON.stringify(again)}`)
    }),
    runs(500),
  )
})

/** Attributes come before elements, so that the order of keys does not matter. */
function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).map(([key, child]) => [key, sorted(child)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
