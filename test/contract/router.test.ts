import t from 'tap'
import type { Contract } from '../../src/contract/model.ts'
import { Router } from '../../src/contract/router.ts'
import { contractOfPaths, failure } from '../fixtures/files.ts'

type Templates = Readonly<Record<string, string>>

/** Makes a contract of paths with their methods: `{ '/pets': 'get post' }`. */
const contractOf = (templates: Templates, more: object = {}, file = 'pets.yaml'): Contract =>
  contractOfPaths(
    Object.fromEntries(
      Object.entries(templates).map(([path, methods]) => [
        path,
        Object.fromEntries(
          methods
            .split(' ')
            .map((method) => [method, { operationId: `${method} ${path}`, responses: {} }]),
        ),
      ]),
    ),
    { ...more },
    file,
  )

/** Describes a match: the operation and its values, or why there is none. */
function found(index: Router, method: string, path: string): string {
  const match = index.match(method, path)
  if (match.kind === 'method') return `not ${method} but ${match.allow.join(', ')}`
  if (match.kind !== 'found') return match.kind
  const values = Object.entries(match.path).map(([name, value]) => ` ${name}=${value}`)
  return match.operation.id + values.join('')
}

const ROWS: readonly [what: string, templates: Templates, path: string, found: string][] = [
  ['a path is found', { '/pets': 'get' }, '/pets', 'get /pets'],
  ['a path is not found when no document has it', { '/pets': 'get' }, '/cats', 'path'],
  ['a path is not found when it is longer', { '/pets': 'get' }, '/pets/7', 'path'],
  ['a path is not found when it is shorter', { '/pets/all': 'get' }, '/pets', 'path'],
  ['the root may be a path', { '/': 'get' }, '/', 'get /'],
  ['the root is not found unless the document has it', { '/pets': 'get' }, '/', 'path'],
  ['a path is not found when its case differs', { '/pets': 'get' }, '/Pets', 'path'],
  ['a path is found in spite of a slash at its end', { '/pets': 'get' }, '/pets/', 'get /pets'],
  [
    'a path is not found when it has two slashes in the middle',
    { '/pets/{id}': 'get' },
    '/pets//7',
    'path',
  ],
  ['a parameter has a value', { '/pets/{id}': 'get' }, '/pets/7', 'get /pets/{id} id=7'],
  ['a path is not found when a parameter has no value', { '/pets/{id}': 'get' }, '/pets/', 'path'],
  [
    'a literal path goes before a template',
    { '/pets/{id}': 'get', '/pets/mine': 'get' },
    '/pets/mine',
    'get /pets/mine',
  ],
  [
    'a template matches when the literal path leads nowhere',
    { '/a/b/c': 'get', '/a/{x}/d': 'get' },
    '/a/b/d',
    'get /a/{x}/d x=b',
  ],
  [
    'values are dropped when their branch leads nowhere',
    { '/a/{z}/e/{w}/d': 'get', '/{x}/b/{y}/f/c': 'get' },
    '/a/b/e/f/c',
    'get /{x}/b/{y}/f/c x=a y=e',
  ],
  [
    'a suffix of a parameter belongs to the path',
    { '/pets/{id}': 'get', '/pets/{id}:groom': 'get' },
    '/pets/7:groom',
    'get /pets/{id}:groom id=7',
  ],
  [
    'another suffix is part of the value',
    { '/pets/{id}': 'get', '/pets/{id}:groom': 'get' },
    '/pets/7:feed',
    'get /pets/{id} id=7:feed',
  ],
  [
    'the more specific of two templates goes first',
    { '/pets/{id}': 'get', '/pets/p-{id}': 'get', '/pets/p-{id}-x': 'get' },
    '/pets/p-7-x',
    'get /pets/p-{id}-x id=7',
  ],
  [
    'a segment may have several parameters',
    { '/pets/{x}-{y}.{z}': 'get' },
    '/pets/1-2-3.4.5',
    'get /pets/{x}-{y}.{z} x=1 y=2-3 z=4.5',
  ],
  [
    'a parameter has the name that its own path uses',
    { '/pets/{id}/toys': 'get', '/pets/{pet}/food': 'get' },
    '/pets/7/food',
    'get /pets/{pet}/food pet=7',
  ],
  ['a dot matches only a dot', { '/pets.json': 'get' }, '/petsxjson', 'path'],
  [
    'characters of regular expressions match themselves',
    { '/a+b(c)*[d]^$|{id}': 'get' },
    '/a+b(c)*[d]^$|7',
    'get /a+b(c)*[d]^$|{id} id=7',
  ],
  [
    'encoded characters of a value are decoded',
    { '/pets/{id}': 'get' },
    '/pets/a%20b',
    'get /pets/{id} id=a b',
  ],
  [
    'an encoded slash is part of a value',
    { '/pets/{id}': 'get' },
    '/pets/a%2Fb',
    'get /pets/{id} id=a/b',
  ],
  [
    'an encoded line end is part of a value',
    { '/pets/{id}': 'get' },
    '/pets/a%0Ab',
    'get /pets/{id} id=a\nb',
  ],
  ['encoded characters of the path itself match', { '/pets': 'get' }, '/%70ets', 'get /pets'],
  [
    'letters beyond ASCII match',
    { '/tiere/für-{id}': 'get' },
    '/tiere/f%C3%BCr-1',
    'get /tiere/für-{id} id=1',
  ],
  [
    'a path is malformed when a percent sign has no digits',
    { '/pets/{id}': 'get' },
    '/pets/100%',
    'malformed',
  ],
  [
    'a path is malformed when a character is incomplete',
    { '/pets/{id}': 'get' },
    '/pets/%C3',
    'malformed',
  ],
  ['a value may have a prototype name', { '/{id}': 'get' }, '/__proto__', 'get /{id} id=__proto__'],
  ['a prototype name is not found', { '/pets': 'get' }, '/constructor', 'path'],
]

for (const [what, templates, path, expected] of ROWS) {
  t.test(`${what}: ${path.replace('\n', ' ')}`, async (t) => {
    t.equal(found(new Router([contractOf(templates)]), 'GET', path), expected)
  })
}

const ODD: readonly [what: string, templates: Templates, path: string, found: string][] = [
  [
    'a path is found when the document ends it with a slash',
    { '/pets/': 'get' },
    '/pets/',
    'get /pets/',
  ],
  [
    'a path is found when the document has it encoded',
    { '/my%20pets': 'get' },
    '/my%20pets',
    'get /my%20pets',
  ],
]

for (const [what, templates, path, expected] of ODD) {
  t.test(what, async (t) => {
    t.equal(found(new Router([contractOf(templates)]), 'GET', path), expected)
  })
}

// Methods

const pets = () => new Router([contractOf({ '/pets': 'get post', '/pets/{id}': 'delete' })])

t.test('the method decides among the operations of a path', async (t) => {
  t.equal(found(pets(), 'POST', '/pets'), 'post /pets')
})

t.test('an unknown method is refused with the methods of the path', async (t) => {
  t.equal(found(pets(), 'PUT', '/pets'), 'not PUT but GET, HEAD, OPTIONS, POST')
  t.equal(found(pets(), 'PUT', '/pets/7'), 'not PUT but DELETE, OPTIONS')
})

t.test('HEAD is matched as GET', async (t) => {
  t.equal(found(pets(), 'HEAD', '/pets'), 'get /pets')
})

t.test('HEAD is matched as HEAD when the document has it', async (t) => {
  const index = new Router([contractOf({ '/pets': 'get head' })])
  t.equal(found(index, 'HEAD', '/pets'), 'head /pets')
})

t.test('HEAD is refused when there is no GET', async (t) => {
  t.equal(found(pets(), 'HEAD', '/pets/7'), 'not HEAD but DELETE, OPTIONS')
})

t.test('OPTIONS and TRACE are found when the document has them', async (t) => {
  const index = new Router([contractOf({ '/pets': 'options trace' })])
  t.equal(found(index, 'OPTIONS', '/pets'), 'options /pets')
  t.equal(found(index, 'TRACE', '/pets'), 'trace /pets')
})

t.test('a method of another protocol is refused', async (t) => {
  t.equal(found(pets(), 'PROPFIND', '/pets'), 'not PROPFIND but GET, HEAD, OPTIONS, POST')
})

t.test('OPTIONS is refused with the methods of the path when the document has none', async (t) => {
  t.equal(found(pets(), 'OPTIONS', '/pets/7'), 'not OPTIONS but DELETE, OPTIONS')
})

// Base paths

t.test('every base path leads to the operations', async (t) => {
  const servers = [{ url: 'https://pets.test/v1' }, { url: '/' }]
  const index = new Router([contractOf({ '/pets/{id}': 'get' }, { servers })])
  t.equal(found(index, 'GET', '/v1/pets/7'), 'get /pets/{id} id=7')
  t.equal(found(index, 'GET', '/pets/7'), 'get /pets/{id} id=7')
  t.equal(found(index, 'GET', '/v2/pets/7'), 'path')
})

t.test('a path may be the root of a base path', async (t) => {
  const index = new Router([contractOf({ '/': 'get' }, { servers: [{ url: '/v1' }] })])
  t.equal(found(index, 'GET', '/v1'), 'get /')
  t.equal(found(index, 'GET', '/v1/'), 'get /')
})

t.test('a base path that needs encoding leads to the operations', async (t) => {
  const index = new Router([contractOf({ '/pets': 'get' }, { servers: [{ url: '/für' }] })])
  t.equal(found(index, 'GET', '/f%C3%BCr/pets'), 'get /pets')
})

// Several documents

const shops = () =>
  [
    contractOf({ '/shop/pets': 'get put post' }, {}, 'pets.yaml'),
    contractOf({ '/shop/toys': 'get', '/toys/{id}/parts': 'get' }, {}, 'toys.yaml'),
  ] as const

const asked = (path: string) => {
  const match = new Router(shops()).match('GET', path)
  return match.kind === 'found' ? match.operation.api : match.contract.name
}

t.test('several documents are served side by side', async (t) => {
  t.equal(asked('/shop/pets'), 'pets')
  t.equal(asked('/shop/toys'), 'toys')
})

t.test('the document that matches most of a path words its error', async (t) => {
  t.equal(asked('/toys/7/other'), 'toys')
  t.equal(asked('/toys'), 'toys')
})

t.test('the largest document words the error when none matches a path', async (t) => {
  t.equal(asked('/other'), 'pets')
  t.equal(asked('/shop'), 'pets')
})

t.test('the readable beginning of a malformed path decides who words its error', async (t) => {
  t.equal(asked('/toys/%zz'), 'toys')
  t.equal(asked('/%zz'), 'pets')
})

t.test('two documents with the same path are refused', async (t) => {
  const twins = ['one.yaml', 'two.yaml'].map((file) => contractOf({ '/pets': 'get' }, {}, file))
  t.same(
    failure(() => new Router([twins[0]!, twins[1]!])),
    ['two.yaml:1:1: /pets is already a path of "one" (one.yaml)'],
  )
})

t.test('two documents with the same path are refused even when the methods differ', async (t) => {
  const one = contractOf({ '/pets/{id}': 'get' }, {}, 'one.yaml')
  const two = contractOf({ '/pets/{pet}': 'post' }, {}, 'two.yaml')
  t.same(
    failure(() => new Router([one, two])),
    ['two.yaml:1:1: /pets/{pet} is already a path of "one" (one.yaml)'],
  )
})

t.test('two documents with the same path are served when their base paths differ', async (t) => {
  const one = contractOf({ '/pets': 'get' }, { servers: [{ url: '/one' }] }, 'one.yaml')
  const two = contractOf({ '/pets': 'get' }, { servers: [{ url: '/two' }] }, 'two.yaml')
  const match = new Router([one, two]).match('GET', '/two/pets')
  t.match(match, { kind: 'found', operation: { api: 'two' } })
})

t.test('paths of one document may differ only in a parameter name', async (t) => {
  const index = new Router([contractOf({ '/pets/{id}': 'get', '/pets/{pet}': 'post' })])
  t.match(index.match('GET', '/pets/5'), { kind: 'found', path: { id: '5' } })
  t.match(index.match('POST', '/pets/5'), { kind: 'found', path: { pet: '5' } })
  t.match(index.match('PUT', '/pets/5'), { allow: ['GET', 'HEAD', 'OPTIONS', 'POST'] })
})

t.test('each of 900 operations is found', async (t) => {
  const templates = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `/a${index % 17}/{x}/b${index}/{y}`,
      'get put post',
    ]),
  )
  const index = new Router([contractOf(templates)])
  for (const template of Object.keys(templates)) {
    const path = template.replace('{x}', '1').replace('{y}', '2')
    for (const method of ['GET', 'PUT', 'POST']) {
      t.equal(found(index, method, path), `${method.toLowerCase()} ${template} x=1 y=2`)
    }
  }
})
