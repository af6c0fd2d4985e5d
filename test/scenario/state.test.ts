import t from 'tap'
import type { Assignment, State } from '../../src/scenario/model.ts'
import { RequestView, Scope } from '../../src/scenario/scope.ts'
import { applyAssignments, MOST_ENTRIES, mergeState } from '../../src/scenario/state.ts'

const request = new RequestView({ method: '', path: {}, query: {}, headers: {} })
const scope = new Scope({ request, token: 'ann', apiKey: '', now: new Date(0) })

const key = (name: string) => () => name
const set = (value: unknown, ...path: Assignment['path']): Assignment => ({
  path,
  value: () => value,
})
const after = (state: State, ...assignments: Assignment[]) =>
  applyAssignments(state, assignments, scope)

/** Nothing in it can be changed. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) frozen(each)
    Object.freeze(value)
  }
  return value
}

t.test('a value is set', async (t) => {
  t.same(after({ a: 1 }, set(2, 'a')), { a: 2 })
  t.same(after({ a: 1 }, set(2, 'b')), { a: 1, b: 2 })
})

t.test('a value is set deep within', async (t) => {
  t.same(after({ a: { b: { c: 1, d: 2 } } }, set(3, 'a', 'b', 'c')), { a: { b: { c: 3, d: 2 } } })
})

t.test('what is on the way is made', async (t) => {
  t.same(after({}, set(1, 'a', 'b')), { a: { b: 1 } })
  t.same(after({ a: 'text' }, set(1, 'a', 'b')), { a: { b: 1 } })
  t.same(after({ a: null }, set(1, 'a', 'b')), { a: { b: 1 } })
  t.same(after({ a: [1] }, set(2, 'a', 'b')), { a: { b: 2 } })
})

t.test('the state before is not changed', async (t) => {
  const before = frozen({ a: { b: 1 }, other: { c: 2 } })
  t.same(after(before, set(5, 'a', 'b'), set(6, 'a', 'd')), { a: { b: 5, d: 6 }, other: { c: 2 } })
  t.same(before, { a: { b: 1 }, other: { c: 2 } })
})

t.test('what is not on the way is shared with the state before', async (t) => {
  const before = { a: { b: 1 }, other: {} }
  t.equal(after(before, set(5, 'a', 'b')).other, before.other)
})

t.test('without assignments the state stays the same one', async (t) => {
  const before = {}
  t.equal(after(before), before)
})

t.test('assignments are made in order', async (t) => {
  t.same(after({}, set(1, 'a'), set(2, 'a')), { a: 2 })
  t.same(after({}, set({ b: 1, c: 1 }, 'a'), set(2, 'a', 'b')), { a: { b: 2, c: 1 } })
})

t.test('a value that is set is not changed by what is set below it', async (t) => {
  const value = frozen({ b: 1 })
  t.same(after({}, set(value, 'a'), set(2, 'a', 'b')), { a: { b: 2 } })
})

t.test('all values see the state as it was', async (t) => {
  const values: unknown[] = []
  const seeing: Assignment['value'] = ({ state }) => values.push(state.n)
  const before = new Scope(scope, { state: { n: 1 } })
  applyAssignments(
    { n: 1 },
    [
      { path: ['n'], value: () => 2 },
      { path: ['m'], value: seeing },
    ],
    before,
  )
  t.same(values, [1])
})

// Computed keys

const mapOf = (state: State, name = 'map') => state[name] as Map<string, unknown>

t.test('a computed key makes its parent a map', async (t) => {
  t.same(mapOf(after({}, set(1, 'map', key('x')))), new Map([['x', 1]]))
})

t.test('what a file put there before stays in the map', async (t) => {
  const map = mapOf(after({ map: { old: 0 } }, set(1, 'map', key('x'))))
  t.same(
    [...map],
    [
      ['old', 0],
      ['x', 1],
    ],
  )
})

t.test('a key is worked out with the scope', async (t) => {
  const assignment: Assignment = { path: ['map', ({ token }) => token], value: () => 1 }
  t.same([...mapOf(after({}, assignment)).keys()], ['ann'])
})

t.test('a key is always a text', async (t) => {
  t.same(
    [
      ...mapOf(
        after(
          {},
          set(1, 'map', () => 5),
        ),
      ).keys(),
    ],
    ['5'],
  )
})

t.test('the map before is not changed', async (t) => {
  const before = after({}, set({ n: 1 }, 'map', key('x')))
  after(before, set(2, 'map', key('x'), 'n'), set(3, 'map', key('y')))
  t.same([...mapOf(before)], [['x', { n: 1 }]])
})

t.test('a value within a map is set', async (t) => {
  const before = after({}, set({ n: 1, m: 1 }, 'map', key('x')))
  t.same([...mapOf(after(before, set(2, 'map', key('x'), 'n')))], [['x', { n: 2, m: 1 }]])
})

t.test('a map stays one when a file names a key of it', async (t) => {
  const before = after({}, set(1, 'map', key('x')))
  t.same(
    [...mapOf(after(before, set(2, 'map', 'y')))],
    [
      ['x', 1],
      ['y', 2],
    ],
  )
})

t.test('maps may lie in maps', async (t) => {
  const state = after({}, set(1, 'map', key('x'), key('y')), set(2, 'map', key('x'), key('z')))
  t.same(
    [...(mapOf(state).get('x') as Map<string, unknown>)],
    [
      ['y', 1],
      ['z', 2],
    ],
  )
})

t.test('an object that several paths lead through becomes a map in time', async (t) => {
  const state = after({ map: { a: 0 } }, set(1, 'map', 'b'), set(2, 'map', key('c')))
  t.same(
    [...mapOf(state)],
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ],
  )
})

for (const name of ['__proto__', 'constructor', 'toString', '']) {
  t.test(`the key "${name}" is one like any other`, async (t) => {
    const state = after(after({}, set({ n: 1 }, 'map', key(name))), set(2, 'map', key(name), 'n'))
    t.same([...mapOf(state)], [[name, { n: 2 }]])
    t.equal(({} as { n?: unknown }).n, undefined)
  })
}

t.test('a key that objects have is one like any other where a file names it', async (t) => {
  const state = after({}, set(1, 'constructor', 'name'))
  t.same(state, { constructor: { name: 1 } })
  t.equal(Object.name, 'Object')
})

t.test(`a map keeps its newest ${MOST_ENTRIES} entries`, async (t) => {
  let state: State = {}
  for (let n = 0; n < MOST_ENTRIES + 2; n++) state = after(state, set(n, 'map', key(`k${n}`)))
  const map = mapOf(state)
  t.equal(map.size, MOST_ENTRIES)
  t.notOk(map.has('k1'))
  t.ok(map.has('k2'))
})

t.test('an entry that is there already drives none out', async (t) => {
  const entries = Array.from({ length: MOST_ENTRIES }, (_, n) => [`k${n}`, n] as const)
  const state = after({ map: new Map(entries) }, set(-1, 'map', key('k0')))
  t.equal(mapOf(state).size, MOST_ENTRIES)
  t.equal(mapOf(state).get('k0'), -1)
})

t.test(`a list keeps its newest ${MOST_ENTRIES} entries`, async (t) => {
  const list = Array.from({ length: MOST_ENTRIES + 5 }, (_, n) => n)
  const kept = after({}, set(list, 'list')).list as number[]
  t.equal(kept.length, MOST_ENTRIES)
  t.equal(kept[0], 5)
})

t.test('a list of as many entries as may be is kept as it is', async (t) => {
  const list = Array.from({ length: MOST_ENTRIES }, (_, n) => n)
  t.equal(after({}, set(list, 'list')).list, list)
})

t.test('a list deep within a value keeps its newest entries, too', async (t) => {
  const list = Array.from({ length: MOST_ENTRIES + 5 }, (_, n) => n)
  const { a } = after({}, set({ list }, 'a')) as { a: { list: number[] } }
  t.equal(a.list.length, MOST_ENTRIES)
})

// given

t.test('what is given is merged in, object by object', async (t) => {
  const given = { a: { b: 5 }, d: { e: 1 } }
  t.same(mergeState({ a: { b: 1, c: 2 }, z: 0 }, given), { a: { b: 5, c: 2 }, d: { e: 1 }, z: 0 })
})

t.test('lists and plain values are replaced', async (t) => {
  t.same(mergeState({ a: [1, 2], b: { c: 1 }, d: 1 }, { a: [3], b: null, d: { e: 2 } }), {
    a: [3],
    b: null,
    d: { e: 2 },
  })
})

t.test('the state before is not changed by what is given', async (t) => {
  const before = frozen({ a: { b: 1 } })
  t.same(mergeState(before, { a: { b: 2 } }), { a: { b: 2 } })
  t.same(before, { a: { b: 1 } })
})

t.test('what is given into a map goes into the map', async (t) => {
  const before = { map: new Map<string, unknown>([['x', { n: 1, m: 1 }]]) }
  const map = mapOf(mergeState(before, { map: { x: { n: 2 }, y: 3 } }))
  t.same(
    [...map],
    [
      ['x', { n: 2, m: 1 }],
      ['y', 3],
    ],
  )
  t.same([...before.map], [['x', { n: 1, m: 1 }]])
})
