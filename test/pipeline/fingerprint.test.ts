import fc from 'fast-check'
import t from 'tap'
import { hashJson } from '../../src/pipeline/fingerprint.ts'
import { runs } from '../fixtures/properties.ts'

/** The same value with the fields of each object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, item]) => [key, reversed(item)])
  return Object.fromEntries(fields.reverse())
}

t.test('the order of fields does not count, everything else does', async () => {
  await fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
      return (
        hashJson(reversed(one)) === hashJson(one) && same === (hashJson(one) === hashJson(other))
      )
    }),
    runs(500),
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const)
  // Not a bare list of fields: an empty one would look like an empty array.
  return { fields: fields.sort(([one], [other]) => (one < other ? -1 : 1)) }
}

t.test('neighbours are told apart', async (t) => {
  const values = [
    null,
    '',
    'null',
    0,
    '0',
    [],
    {},
    [[]],
    [{}],
    [1, 2],
    [12],
    ['1,2'],
    { a: 1, b: 2 },
    { a: { b: 2 } },
    [{ a: 1 }, { b: 2 }],
    { 'a":1,"b': 2 },
    Buffer.from('{}'),
    Buffer.from(''),
  ]
  t.equal(new Set(values.map(hashJson)).size, values.length)
})

t.test('an object as expressions read it has the hash of the object', async (t) => {
  const map = new Map<string, unknown>([
    ['constructor', 1],
    ['a', [2]],
  ])
  t.equal(hashJson(map), hashJson(JSON.parse('{"a":[2],"constructor":1}')))
})
