import t from 'tap'
import type { Operation, SecurityRequirement, SecurityScheme } from '../../src/contract/model.ts'
import {
  type CredentialSource,
  findMissingCredentials,
  readCredentials,
} from '../../src/contract/security.ts'
import { contractOfPaths } from '../fixtures/files.ts'

/** Makes an operation with these alternatives. */
function operationOf(...security: SecurityRequirement[]): Operation {
  const named = security.map((schemes, alternative) =>
    schemes.map((scheme, index) => [`${alternative}-${index}`, scheme] as const),
  )
  const securitySchemes = Object.fromEntries(
    named.flat().map(([name, { kind, ...scheme }]) => [name, { type: kind, ...scheme }]),
  )
  const requirements = named.map((schemes) =>
    Object.fromEntries(schemes.map(([name]) => [name, []])),
  )
  const paths = {
    '/codes': { get: { operationId: 'list', security: requirements, responses: {} } },
  }
  const contract = contractOfPaths(paths, { components: { securitySchemes } })
  return contract.operations.get('list')!
}

const NOTHING: CredentialSource = { headers: {}, query: {} }
const key = (place: 'header' | 'query' | 'cookie'): SecurityScheme => ({
  kind: 'apiKey',
  in: place,
  name: 'X-Key',
})
const http = (scheme: string): SecurityScheme => ({ kind: 'http', scheme })
const authorization = (value: string): CredentialSource => ({
  headers: { authorization: value },
  query: {},
})

interface Row {
  readonly scheme: SecurityScheme
  readonly let: readonly CredentialSource[]
  readonly refused: readonly CredentialSource[]
  readonly missing: string
}

const ROWS: readonly Row[] = [
  {
    scheme: key('header'),
    let: [
      { headers: { 'x-key': 'k' }, query: {} },
      { headers: { 'x-key': ['k', 'l'] }, query: {} },
    ],
    refused: [
      NOTHING,
      { headers: { 'x-key': '  ' }, query: {} },
      { headers: {}, query: { 'X-Key': 'k' } },
    ],
    missing: 'header "X-Key" is missing or empty',
  },
  {
    scheme: key('query'),
    let: [
      { headers: {}, query: { 'X-Key': 'k' } },
      { headers: {}, query: { 'X-Key': ['k', 'l'] } },
    ],
    refused: [
      NOTHING,
      { headers: {}, query: { 'X-Key': '' } },
      { headers: {}, query: { 'x-key': 'k' } },
      { headers: { 'x-key': 'k' }, query: {} },
    ],
    missing: 'query "X-Key" is missing or empty',
  },
  {
    scheme: key('cookie'),
    let: [
      { headers: { cookie: 'X-Key=k' }, query: {} },
      { headers: { cookie: 'a=b;  X-Key=a=b ; c' }, query: {} },
    ],
    refused: [
      NOTHING,
      { headers: { cookie: 'a=X-Key' }, query: {} },
      { headers: { cookie: 'X-Key=' }, query: {} },
      { headers: { cookie: 'X-Key' }, query: {} },
    ],
    missing: 'cookie "X-Key" is missing or empty',
  },
  {
    scheme: http('bearer'),
    let: [
      authorization('Bearer t'),
      authorization('bEARER   t '),
      authorization('Bearer a.b-c/d=='),
    ],
    refused: [
      NOTHING,
      authorization('Bearer'),
      authorization('Bearer '),
      authorization('Bearer a b'),
      authorization('Bearer a,b'),
      authorization('Basic dTpw'),
      authorization('t'),
    ],
    missing: 'the Authorization header is missing or not of the bearer scheme',
  },
  {
    scheme: http('basic'),
    let: [authorization('Basic dTpw'), authorization('basic dTpw')],
    refused: [NOTHING, authorization('Basic'), authorization('Bearer t')],
    missing: 'the Authorization header is missing or not of the basic scheme',
  },
]

for (const { scheme, let: presented, refused, missing } of ROWS) {
  const name = scheme.kind === 'http' ? `the ${scheme.scheme} scheme` : `a key in the ${scheme.in}`
  for (const each of presented) {
    t.test(`${name} lets ${JSON.stringify(each)} in`, async (t) => {
      t.equal(findMissingCredentials(operationOf([scheme]), each), undefined)
    })
  }
  for (const each of refused) {
    t.test(`${name} refuses ${JSON.stringify(each)}`, async (t) => {
      t.equal(findMissingCredentials(operationOf([scheme]), each), missing)
    })
  }
}

t.test('a request needs no credentials when the operation has no security', async (t) => {
  t.equal(findMissingCredentials(operationOf(), NOTHING), undefined)
})

t.test('a request needs no credentials when one alternative is empty', async (t) => {
  t.equal(findMissingCredentials(operationOf([http('bearer')], []), NOTHING), undefined)
  t.equal(findMissingCredentials(operationOf([], [http('bearer')]), NOTHING), undefined)
})

t.test('a request passes when it meets one of the alternatives', async (t) => {
  const operation = operationOf([key('header')], [http('bearer')])
  t.equal(findMissingCredentials(operation, { headers: { 'x-key': 'k' }, query: {} }), undefined)
  t.equal(findMissingCredentials(operation, authorization('Bearer t')), undefined)
})

t.test('the first alternative is reported when none is met', async (t) => {
  const operation = operationOf([key('header')], [http('bearer')])
  t.match(findMissingCredentials(operation, NOTHING), /^header/)
})

t.test('a request needs all schemes of an alternative', async (t) => {
  const operation = operationOf([key('header'), http('bearer')])
  t.match(findMissingCredentials(operation, { headers: { 'x-key': 'k' }, query: {} }), /^the Auth/)
  t.match(findMissingCredentials(operation, authorization('Bearer t')), /^header/)
  t.equal(
    findMissingCredentials(operation, NOTHING),
    'header "X-Key" is missing or empty; the Authorization header is missing or not of the bearer scheme',
    'all that are missing are named at once',
  )
  const both = { headers: { 'x-key': 'k', authorization: 'Bearer t' }, query: {} }
  t.equal(findMissingCredentials(operation, both), undefined)
})

t.test('expressions see the bearer token even when it is not required', async (t) => {
  t.equal(readCredentials(operationOf(), authorization('Bearer t')).token, 't')
  t.equal(readCredentials(operationOf([http('bearer')]), NOTHING).token, '')
  t.equal(readCredentials(operationOf(), authorization('Basic dTpw')).token, '')
})

for (const place of ['header', 'query', 'cookie'] as const) {
  t.test(`expressions see the key in the ${place}`, async (t) => {
    const presented = {
      header: { headers: { 'x-key': ' k ' }, query: {} },
      query: { headers: {}, query: { 'X-Key': ['k', 'l'] } },
      cookie: { headers: { cookie: 'X-Key=k' }, query: {} },
    }
    t.equal(readCredentials(operationOf([key(place)]), presented[place]).apiKey, 'k')
  })
}

t.test('expressions see no key when the contract has none', async (t) => {
  t.equal(readCredentials(operationOf([http('bearer')]), authorization('Bearer t')).apiKey, '')
})

t.test('expressions see the key that was sent when the contract has several', async (t) => {
  const operation = operationOf([key('header')], [key('query')])
  t.equal(readCredentials(operation, { headers: {}, query: { 'X-Key': 'k' } }).apiKey, 'k')
})
