import t from 'tap'
import type { BindingSubject, Match } from '../../src/sandbox/binding-match.ts'
import { Bindings, MOST_BINDINGS } from '../../src/sandbox/bindings.ts'

/** A request that carries nothing but what is told. */
const request = (parts: Partial<BindingSubject> & { json?: unknown } = {}): BindingSubject => ({
  token: '',
  apiKey: '',
  path: {},
  body: () => parts.json,
  ...parts,
})

/** Bindings that were put one after the other, each to a session of its own name. */
function bindings(matches: Readonly<Record<string, Match>>): Bindings {
  const made = new Bindings()
  for (const [name, match] of Object.entries(matches)) made.put({ name, match, session: name })
  return made
}

const found = (made: Bindings, parts: Parameters<typeof request>[0]) =>
  made.find(request(parts))?.name

t.test('a request is found by', async (t) => {
  const made = bindings({
    token: { token: 'frank' },
    key: { apiKey: 'k1' },
    path: { path: { challengeId: 'c1' } },
    body: { body: { 'user.id': 7 } },
  })

  t.test('its token', async (t) => {
    t.equal(found(made, { token: 'frank' }), 'token')
    t.equal(found(made, { token: 'Frank' }), undefined)
    t.equal(found(made, { apiKey: 'frank' }), undefined)
  })

  t.test('its api-key', async (t) => {
    t.equal(found(made, { apiKey: 'k1' }), 'key')
    t.equal(found(made, { token: 'k1' }), undefined)
  })

  t.test('a path parameter', async (t) => {
    t.equal(found(made, { path: { challengeId: 'c1' } }), 'path')
    t.equal(found(made, { path: { challengeId: 'c2' } }), undefined)
    t.equal(found(made, { path: { id: 'c1' } }), undefined)
  })

  t.test('a field of its body, however deep', async (t) => {
    t.equal(found(made, { json: { user: { id: 7 } } }), 'body')
    t.equal(found(made, { json: { user: { id: 8 } } }), undefined)
    t.equal(found(made, { json: { 'user.id': 7 } }), undefined)
    t.equal(found(made, { json: { user: 7 } }), undefined)
  })
})

t.test('the value of a field is of one type', async (t) => {
  const made = bindings({
    number: { body: { id: 7 } },
    text: { body: { id: '7' } },
    flag: { body: { id: true } },
    empty: { body: { id: '' } },
  })
  t.equal(found(made, { json: { id: 7 } }), 'number')
  t.equal(found(made, { json: { id: 7.0 } }), 'number')
  t.equal(found(made, { json: { id: '7' } }), 'text')
  t.equal(found(made, { json: { id: true } }), 'flag')
  t.equal(found(made, { json: { id: 'true' } }), undefined)
  t.equal(found(made, { json: { id: '' } }), 'empty')
  t.equal(found(made, { json: { id: null } }), undefined)
  t.equal(found(made, { json: {} }), undefined)
})

t.test('an item of a list is found by its index', async (t) => {
  const made = bindings({
    second: { body: { 'ids.1': 'b' } },
    length: { body: { 'ids.length': 2 } },
  })
  t.equal(found(made, { json: { ids: ['a', 'b'] } }), 'second')
  t.equal(found(made, { json: { ids: ['b', 'a'] } }), 'length')
  t.equal(found(made, { json: { ids: ['b'] } }), undefined)
})

t.test('an item of a list is written as errors write it', async (t) => {
  const made = bindings({
    item: { body: { 'ids[1]': 'b' } },
    field: { body: { 'users[0].roles[1]': 'admin' } },
    top: { body: { '[0].id': 7 } },
  })
  t.equal(found(made, { json: { ids: ['a', 'b'] } }), 'item')
  t.equal(found(made, { json: { users: [{ roles: ['user', 'admin'] }] } }), 'field')
  t.equal(found(made, { json: [{ id: 7 }] }), 'top')
  t.equal(found(made, { json: { 'ids[1]': 'b' } }), undefined)
})

t.test('a request has all that a binding looks for', async (t) => {
  const made = bindings({
    all: { token: 'frank', apiKey: 'k1', path: { id: 'p', kind: 'q' }, body: { a: 1, 'b.c': 2 } },
    two: { token: 'frank', body: { a: 1 } },
    one: { token: 'frank' },
  })
  const request = { token: 'frank', apiKey: 'k1', path: { id: 'p', kind: 'q' } }
  t.equal(found(made, { ...request, json: { a: 1, b: { c: 2 } } }), 'all')
  t.equal(found(made, { ...request, json: { a: 1, b: { c: 3 } } }), 'two')
  t.equal(found(made, { ...request, path: { id: 'p' }, json: { a: 1, b: { c: 2 } } }), 'two')
  t.equal(found(made, { ...request, json: { a: 2 } }), 'one')
  t.equal(found(made, { ...request, token: 'eve', json: { a: 1, b: { c: 2 } } }), undefined)
  made.delete('all')
  t.equal(found(made, { ...request, json: { a: 1, b: { c: 2 } } }), 'two')
})

t.test('a request that carries nothing is nobody', async (t) => {
  const made = bindings({
    token: { token: 'x' },
    path: { path: { id: 'x' } },
    body: { body: { id: 'x' } },
  })
  for (const json of [undefined, null, 'x', 7, [], ['x'], {}]) {
    t.equal(found(made, { json }), undefined, JSON.stringify(json))
  }
})

t.test('names that objects have anyway mean nothing', async (t) => {
  const names = ['__proto__', 'constructor', 'toString', '__proto__.toString', 'constructor.name']
  for (const name of names) {
    const field = JSON.parse(`{ "${name}": "Object" }`)
    const made = bindings({ body: { body: field }, path: { path: field } })
    t.equal(found(made, { json: { a: 1 }, path: {} }), undefined, name)
  }
  t.test('unless they were sent', async (t) => {
    const made = bindings({ body: { body: JSON.parse('{ "__proto__.x": "y" }') } })
    t.equal(found(made, { json: JSON.parse('{ "__proto__": { "x": "y" } }') }), 'body')
    t.equal(found(made, { json: { x: 'y' } }), undefined)
  })
})

t.test('a body is read once, and only if a binding asks for it', async (t) => {
  for (const json of [{ a: 1 }, null, undefined]) {
    let read = 0
    const body = () => {
      read++
      return json
    }
    bindings({ a: { token: 'x' }, b: { path: { id: 'y' } } }).find(request({ body }))
    t.equal(read, 0)
    bindings({ a: { body: { a: 1 } }, b: { body: { b: 1 } } }).find(request({ body }))
    t.equal(read, 1, `${JSON.stringify(json)} is read once`)
  }
})

const ALL = { token: 'frank', apiKey: 'k1', path: { id: 'p' }, json: { user: 'u' } }

const MATCHES: Readonly<Record<string, Match>> = {
  body: { body: { user: 'u' } },
  path: { path: { id: 'p' } },
  key: { apiKey: 'k1' },
  token: { token: 'frank' },
}

t.test('of several that fit', async (t) => {
  t.test('the one that was put first decides, whatever its kind', async (t) => {
    const names = Object.keys(MATCHES)
    for (const first of names) {
      const order = [first, ...names.filter((name) => name !== first)]
      const made = bindings(Object.fromEntries(order.map((name) => [name, MATCHES[name] as Match])))
      t.equal(found(made, ALL), first)
    }
  })

  t.test('the one that was put first decides, even with the same match', async (t) => {
    const made = bindings({ b: { token: 'frank' }, a: { token: 'frank' } })
    t.equal(found(made, ALL), 'b')
    made.delete('b')
    t.equal(found(made, ALL), 'a')
  })

  t.test('one that is put anew keeps its place', async (t) => {
    const made = bindings({ one: { token: 'x' }, two: { token: 'frank' } })
    made.put({ name: 'one', match: { token: 'frank' }, session: 's' })
    t.equal(found(made, ALL), 'one')
    made.put({ name: 'one', match: { token: 'frank' }, session: 's' })
    t.equal(found(made, ALL), 'one')
    t.same(
      made.all().map(({ name }) => name),
      ['one', 'two'],
    )
  })

  t.test('one that is deleted and put again is the last', async (t) => {
    const made = bindings({ one: { token: 'frank' }, two: { token: 'frank' } })
    t.equal(made.delete('one'), true)
    made.put({ name: 'one', match: { token: 'frank' }, session: 's' })
    t.equal(found(made, ALL), 'two')
    t.same(
      made.all().map(({ name }) => name),
      ['two', 'one'],
    )
  })
})

t.test('one that is put anew is found by its new match only', async (t) => {
  const made = bindings({ one: { token: 'frank' } })
  made.put({ name: 'one', match: { body: { user: 'u' } }, scenario: 'slow' })
  t.equal(found(made, { token: 'frank' }), undefined)
  t.same(made.find(request(ALL)), {
    name: 'one',
    match: { body: { user: 'u' } },
    scenario: 'slow',
  })
  t.equal(made.size, 1)
})

t.test('what is deleted is not found', async (t) => {
  const made = bindings(MATCHES)
  t.equal(made.delete('nobody'), false)
  for (const name of Object.keys(MATCHES)) t.equal(made.delete(name), true)
  t.equal(found(made, ALL), undefined)
  t.equal(made.delete('token'), false)
  t.equal(made.size, 0)
  const cleared = bindings(MATCHES)
  cleared.clear()
  t.equal(found(cleared, ALL), undefined)
  t.same(cleared.all(), [])
})

t.test('a binding may have any name', async (t) => {
  const made = bindings(JSON.parse('{ "__proto__": { "token": "frank" } }'))
  t.equal(found(made, ALL), '__proto__')
  t.equal(made.get('__proto__')?.session, '__proto__')
  t.equal(made.get('constructor'), undefined)
})

t.test('there are at most 1,000, which can still be put anew', async (t) => {
  const made = new Bindings()
  t.equal(MOST_BINDINGS, 1_000)
  const put = (name: string) => made.put({ name, match: { token: name }, session: 's' })
  while (made.size < MOST_BINDINGS) put(`b${made.size}`)
  t.equal(put('one-more'), false)
  t.equal(made.find(request({ token: 'one-more' })), undefined)
  t.equal(put('b7'), true)
  made.delete('b7')
  t.equal(put('one-more'), true)
  t.equal(made.size, MOST_BINDINGS)
})
