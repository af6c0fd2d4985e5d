/** Keywords that cannot be used are reported, and the rest of their schema holds. */
import t from 'tap'
import { compilePattern, dropUnusableKeywords } from '../../src/contract/dialect.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const WRONG: readonly [keyword: string, value: unknown, reason: RegExp][] = [
  ['type', 'text', /"text" is not a type/],
  ['type', [], /is not a type/],
  ['type', ['string', 'date'], /"date" is not a type/],
  ['type', null, /is not a type/],
  ['pattern', '(?<', /JavaScript cannot read it/],
  ['pattern', 5, /it must be a string/],
  ['patternProperties', { '[': {} }, /JavaScript cannot read it/],
  ['patternProperties', [], /an object of schemas/],
  ['format', 5, /a string/],
  ['enum', [], /at least one value/],
  ['enum', 'a', /at least one value/],
  ['required', true, /a list of names/],
  ['required', [1], /a list of names/],
  ['properties', [], /an object of schemas/],
  ['properties', { a: 'x' }, /an object of schemas/],
  ['items', [{}], /a schema/],
  ['items', 'string', /a schema/],
  ['not', null, /a schema/],
  ['additionalProperties', 'no', /a schema/],
  ['allOf', {}, /a list of at least one schema/],
  ['oneOf', [], /a list of at least one schema/],
  ['anyOf', [1], /a list of at least one schema/],
  ['minLength', '5', /a whole number/],
  ['maxItems', -1, /a whole number/],
  ['maxProperties', 1.5, /a whole number/],
  ['minimum', '1', /a number/],
  ['exclusiveMaximum', true, /a number/],
  ['multipleOf', 0, /a number above 0/],
  ['uniqueItems', 'yes', /true or false/],
  ['readOnly', 'true', /true or false/],
  ['dependentRequired', { a: 'b' }, /an object of lists of names/],
  ['id', 'a', /the keyword is "\$id"/],
]

for (const [keyword, value, reason] of WRONG) {
  t.test(`${keyword}: ${JSON.stringify(value)} is ignored, and the rest holds`, async (t) => {
    const reported: string[] = []
    const schema = Object.freeze({ [keyword]: value, title: 'a' })
    const rest = dropUnusableKeywords(schema, (name, message) =>
      reported.push(`${name}: ${message}`),
    )
    t.same(rest, { title: 'a' })
    t.equal(reported.length, 1)
    t.match(reported[0], reason)
    t.match(reported[0], new RegExp(`^${keyword}: "${keyword}" is ignored: `))
  })
}

t.test('a schema stays as it is when all its keywords can be used', async (t) => {
  const schema = {
    ...{ type: ['string', 'null'], pattern: '^\\_\\-$', items: false, oneOf: [true, {}] },
    ...{ required: [], enum: [null], minimum: -1.5, multipleOf: 0.01, properties: { a: true } },
    ...{ 'x-own': 1, somebody: 'else', example: 5 },
  }
  t.equal(
    dropUnusableKeywords(schema, () => t.fail('a keyword is reported')),
    schema,
  )
})

for (const [source, text] of [
  ['\\p{L}+', 'é'],
  ['^\\_\\-\\@$', '_-@'],
  ['^[\\w-\\.]+$', 'a-.'],
  ['^.$', '😀'],
] as const) {
  t.test(`the pattern ${source} is read`, async (t) => {
    t.ok(compilePattern(source).test(text))
  })
}

t.test('a schema keeps its other keywords when one is ignored', async (t) => {
  const schema = {
    type: 'object',
    required: ['a', 'b'],
    properties: { a: { type: 'string', pattern: '(?<', maxLength: 3 }, b: { type: 'text' } },
  }
  const requestBody = { content: { 'application/json': { schema } } }
  const contract = contractOfPaths({ '/x': { post: { operationId: 'send', requestBody } } })
  const known = contract.operations.get('send')!
  const check = (body: Record<string, string>) =>
    contract
      .checkRequest(known, { path: {}, query: {}, headers: {}, body })
      .map(({ field, rule }) => `${field} ${rule}`)
  t.equal(contract.warnings.length, 2)
  t.same(check({ a: 'abc', b: 'x' }), [])
  t.same(check({ a: 'abcd' }).toSorted(), ['a size', 'b required'])
})
