import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { SubjectRecord } from '../../src/scenario/model.ts'
import { CodecError, decodeRecord, encodeRecord } from '../../src/scenario/state.ts'
import { runs } from '../fixtures/properties.ts'

const NOON = '2026-01-01T12:00:00.000Z'

const recordOf = (state: SubjectRecord['state']): SubjectRecord => ({
  state,
  calls: { default: { send: 2 } },
  used: { 'default/send/0': 1 },
  given: ['slow'],
})

/** Through JSON, as a snapshot goes. */
const there = (state: SubjectRecord['state']) =>
  JSON.parse(JSON.stringify(encodeRecord(recordOf(state))))

/** What is made of a state that stands in a snapshot. */
const back = (state: object) => decodeRecord(recordOf(state as SubjectRecord['state'])).state

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

const key = fc.oneof(
  fc.constantFrom('$time', '$map', '$object', '__proto__', 'constructor', 'toString', '', '0'),
  fc.string({ maxLength: 4 }),
)

const { value } = fc.letrec<{ value: unknown; entries: [string, unknown][] }>((tie) => ({
  entries: fc.uniqueArray(fc.tuple(key, tie('value')), {
    selector: ([name]) => name,
    maxLength: 4,
  }),
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false, ''),
    fc.string(),
    // JSON knows no -0, and no state has one that means anything.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('entries').map((entries) => Object.fromEntries(entries)),
    tie('entries').map((entries) => new Map(entries)),
  ),
}))

const state = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 5 })
  .map((entries) => Object.fromEntries(entries))

t.test('any record comes back from JSON as it was', async (t) => {
  fc.assert(
    fc.property(state, (state) => isDeepStrictEqual(decodeRecord(there(state)), recordOf(state))),
    runs(1_000),
  )
  t.pass()
})

t.test('the entries of a map come back in their order', async (t) => {
  const map = new Map(['b', 'a', '1', '__proto__'].map((name) => [name, name]))
  const { state } = decodeRecord(there({ map }))
  t.same([...(state.map as typeof map).keys()], ['b', 'a', '1', '__proto__'])
})

t.test('a time and a map are marked', async (t) => {
  const { state } = there({ at: new Date(NOON), sets: new Map([['a', [new Date(NOON)]]]) })
  t.same(state, { at: { $time: NOON }, sets: { $map: [['a', [{ $time: NOON }]]] } })
})

t.test('what could be taken for a mark is marked, too', async (t) => {
  const { state } = there({ a: { $time: NOON }, $map: 1 })
  t.same(state, { a: { $object: [['$time', NOON]] }, $map: 1 })
})

t.test('what is no state of a scenario is left alone', async (t) => {
  const { state, ...rest } = recordOf({})
  t.match(there({}), rest)
})

t.test('a state as deep as can be comes back, a deeper one does not', async (t) => {
  t.same(back({ deep: nested(100) }), { deep: nested(100) })
  t.throws(() => back({ deep: nested(102) }), new CodecError('a state is nested deeper than 100'))
})

const depths: Record<string, (inner: unknown) => unknown> = {
  objects: (inner) => ({ a: inner }),
  maps: (inner) => ({ $map: [['a', inner]] }),
  'marked objects': (inner) => ({ $object: [['a', inner]] }),
}
for (const [what, wrap] of Object.entries(depths)) {
  t.test(`a depth of ${what} does not come back`, async (t) => {
    let deep: unknown = 1
    for (let level = 0; level < 10_000; level++) deep = wrap(deep)
    t.throws(() => back({ deep }), new CodecError('a state is nested deeper than 100'))
  })
}

const NO_TIME = '$time: the value is not a time; write it like 2026-01-01T00:00:00.000Z'

const noTimes = ['', 'noon', '1', '2026', '2026-01-01', '2026-01-01T12:00:00', '2026-02-30T12:00Z']
for (const time of noTimes) {
  t.test(`"${time}" is no time`, async (t) => {
    const detail = `$time: "${time}" is not a time; write it like 2026-01-01T00:00:00.000Z`
    t.throws(() => back({ at: { $time: time } }), new CodecError(detail))
  })
}

const others = { null: null, 'a number': 0, true: true, 'an object': {}, 'a depth': nested(50_000) }
for (const [what, time] of Object.entries(others)) {
  t.test(`${what} is no time`, async (t) => {
    t.throws(() => back({ at: { $time: time } }), new CodecError(NO_TIME))
  })
}

const noPairs = [null, {}, 'ab', ['ab'], [['a']], [['a', 1, 2]], [[1, 1]], [['a', 1], null]]
for (const mark of ['$map', '$object']) {
  for (const pairs of noPairs) {
    t.test(`${mark} is not followed by ${JSON.stringify(pairs)}`, async (t) => {
      const detail = `${mark} must be a list of pairs of a name and its value`
      t.throws(() => back({ a: { [mark]: pairs } }), new CodecError(detail))
    })
  }
}

t.test('nothing stands beside a mark', async (t) => {
  const detail = '$time must be the only key of its object'
  t.throws(() => back({ a: { $time: NOON, b: 1 } }), new CodecError(detail))
  t.throws(() => back({ a: { $time: NOON, $map: [] } }), new CodecError(detail))
})
