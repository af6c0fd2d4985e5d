import t from 'tap'
import { nameErrors } from '../../src/contract/named-errors.ts'
import type { DocumentNode } from '../../src/contract/walk.ts'

const follow = (value: unknown) => (value ?? {}) as DocumentNode
const named = (schema: unknown) => Object.fromEntries(nameErrors(schema, follow))

t.test('each code that a property lists is an error', async (t) => {
  const errorCode = { type: 'string', enum: ['EARLY', 'LATE'] }
  const expected = { EARLY: { errorCode: 'EARLY' }, LATE: { errorCode: 'LATE' } }
  t.same(named({ properties: { errorCode } }), expected)
  t.same(named({ properties: { errorCode, text: {} }, required: ['errorCode'] }), expected)
})

t.test('a schema that leaves open what an error looks like names none', async (t) => {
  const codes = { enum: ['EARLY'] }
  for (const schema of [
    undefined,
    {},
    { properties: { text: { type: 'string' } } },
    { properties: { one: codes, other: codes } },
    { properties: { code: codes, text: {} }, required: ['code', 'text'] },
    { properties: { code: { enum: ['EARLY', 1] } } },
    { properties: { code: { enum: [] } } },
  ]) {
    t.same(named(schema), {}, JSON.stringify(schema))
  }
})
