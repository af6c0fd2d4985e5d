import fc from 'fast-check'
import t from 'tap'
import {
  CREDENTIAL_HEADERS,
  HIDDEN,
  masked,
  maskedBody,
  maskedHeaders,
  maskedUrl,
  replaced,
  type Secrets,
  withoutCodes,
} from '../../src/journal/mask.ts'
import { runs } from '../fixtures/properties.ts'

function maskText(url: string, secrets: Parameters<typeof maskedUrl>[1]): string {
  const mark = url.indexOf('?')
  const [target, rawQuery] = mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)]
  return maskedUrl({ target: target ?? '', rawQuery }, secrets)
}

const secrets = (names: readonly string[] = [], codes: readonly string[] = []): Secrets => ({
  names: new Set([...CREDENTIAL_HEADERS, ...names]),
  codes: new Set(codes),
})

const KEYS = secrets(['api_key'])
const CODES = secrets([], ['123456'])

/** Long enough not to stand in eight digits, and unlike any name that is used here. */
const secret = fc.stringMatching(/^[A-Z][A-Za-z0-9]{11,40}$/)
const code = fc.stringMatching(/^[0-9]{6}$/)

t.test('a secret is told by eight digits, the same each time', async (t) => {
  t.match(masked('secret'), /^\*{3}[0-9a-f]{8}$/)
  t.equal(masked('secret'), masked('secret'))
  t.not(masked('secret'), masked('secreu'))
})

t.test('no secret at all looks like none', async (t) => {
  t.equal(masked(''), '')
})

t.test('two secrets look alike if they are the same, and tell nothing of themselves', async () => {
  fc.assert(
    fc.property(secret, secret, (a, b) => {
      return (masked(a) === masked(b)) === (a === b) && !masked(a).includes(a)
    }),
    runs(1_000),
  )
})

for (const name of CREDENTIAL_HEADERS) {
  t.test(`the header ${name} is hidden, however it is written`, async (t) => {
    for (const spelt of [name, name.toUpperCase()]) {
      t.same(maskedHeaders({ [spelt]: 'secret' }, KEYS), { [spelt]: masked('secret') })
    }
  })
}

t.test('a header that carries no credential is shown as it is', async (t) => {
  const headers = { accept: 'a/b', 'x-sandbox-session': 's', none: undefined, empty: '' }
  t.same(maskedHeaders(headers, CODES), headers)
})

t.test('each value of a header is hidden', async (t) => {
  const shown = maskedHeaders({ 'set-cookie': ['a=1', 'b=2'] }, KEYS)
  t.same(shown, { 'set-cookie': [masked('a=1'), masked('b=2')] })
})

t.test('the scheme of an authorization is shown, the rest of it is not', async (t) => {
  for (const name of ['authorization', 'Authorization', 'proxy-authorization']) {
    for (const scheme of ['Bearer', 'bearer', 'Basic', 'Digest']) {
      const shown = maskedHeaders({ [name]: `${scheme}  one two ` }, KEYS)
      t.same(shown, { [name]: `${scheme} ${masked('one two')}` })
    }
  }
})

t.test('an authorization without a scheme is hidden whole', async (t) => {
  t.same(maskedHeaders({ authorization: 'secret' }, KEYS), { authorization: masked('secret') })
})

t.test('an api-key of two words is hidden whole: the first is no scheme', async (t) => {
  t.same(maskedHeaders({ 'x-api-key': 'one two' }, KEYS), { 'x-api-key': masked('one two') })
})

t.test('a header called __proto__ is a header as any other', async (t) => {
  const headers = Object.fromEntries([['__proto__', 'x']])
  t.same(Object.entries(maskedHeaders(headers, KEYS)), [['__proto__', 'x']])
})

t.test('a code in a header is hidden', async (t) => {
  t.same(maskedHeaders({ 'x-otp': '123456', say: ['it is 123456'] }, CODES), {
    'x-otp': HIDDEN,
    say: [`it is ${HIDDEN}`],
  })
})

t.test('no header that carries a credential tells it', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CREDENTIAL_HEADERS, 'api_key'),
      fc.constantFrom('', 'Bearer ', 'Basic  ', 'a=b; sid='),
      secret,
      (name, before, value) => {
        const shown = JSON.stringify(maskedHeaders({ [name]: before + value }, KEYS))
        return !shown.includes(value) && shown.includes('***')
      },
    ),
    runs(1_000),
  )
})

const URLS: readonly [url: string, shown: string][] = [
  ['/a', '/a'],
  ['/a?', '/a?'],
  ['/a?b=c&d', '/a?b=c&d'],
  ['/a?api_key=S', `/a?api_key=${masked('S')}`],
  ['/a?b=c&api_key=S&d=e', `/a?b=c&api_key=${masked('S')}&d=e`],
  ['/a?api_key=S&api_key=T', `/a?api_key=${masked('S')}&api_key=${masked('T')}`],
  ['/a?api_key=', '/a?api_key='],
  ['/a?api_key', '/a?api_key'],
  ['/a?api%5Fkey=S', `/a?api%5Fkey=${masked('S')}`],
  ['/a?api_key=S%2FT', `/a?api_key=${masked('S/T')}`],
  ['/a?api_key=S+T', `/a?api_key=${masked('S T')}`],
  ['/a?api_key=S=T', `/a?api_key=${masked('S=T')}`],
  ['/a?Api_Key=S', `/a?Api_Key=${masked('S')}`],
  ['/a?authorization=S', `/a?authorization=${masked('S')}`],
  ['/a??api_key=S', `/a??api_key=${masked('S')}`],
  ['/a/api_key=S', '/a/api_key=S'],
  ['/a?%zz=S&&=', '/a?%zz=S&&='],
]
for (const [url, shown] of URLS) {
  t.test(`the URL ${url} is shown as ${shown}`, async (t) => {
    t.equal(maskText(url, KEYS), shown)
  })
}

t.test('a value that is not properly encoded is hidden all the same', async (t) => {
  t.notMatch(maskText('/a?api_key=secret%zz', KEYS), /secret/)
})

t.test('a name with a blank in it is known however the blank is written', async (t) => {
  for (const name of ['api+key', 'api%20key']) {
    t.equal(maskText(`/a?${name}=S`, secrets(['api key'])), `/a?${name}=${masked('S')}`)
  }
})

t.test('a code in a URL is hidden', async (t) => {
  t.equal(maskText('/codes/123456:verify', CODES), `/codes/${HIDDEN}:verify`)
  t.equal(maskText('/codes/123456?a=b', CODES), `/codes/${HIDDEN}?a=b`)
  t.equal(maskText('/codes?code=123456&a=b', CODES), `/codes?code=${HIDDEN}&a=b`)
})

t.test('no query tells a key, wherever in it the key stands', async () => {
  const pair = fc.tuple(fc.constantFrom('a', 'b'), fc.stringMatching(/^[a-z]{0,4}$/))
  fc.assert(
    fc.property(fc.array(pair), fc.array(pair), secret, (before, after, key) => {
      const written = (pairs: [string, string][]) => pairs.map((each) => each.join('='))
      const query = [...written(before), `api_key=${key}`, ...written(after)].join('&')
      return maskText(`/p?${query}`, KEYS) === `/p?${query.replace(key, masked(key))}`
    }),
    runs(1_000),
  )
})

t.test('any URL without credentials and codes is shown as it is', async () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), (url) => maskText(url, KEYS) === url),
    runs(1_000),
  )
})

t.test('a body of JSON is told as what it says', async (t) => {
  t.same(maskedBody('{"a":[1,null,true,"x"]}', CODES), { a: [1, null, true, 'x'] })
})

t.test('another body is told as its text', async (t) => {
  t.equal(maskedBody('{"a":', CODES), '{"a":')
  t.equal(maskedBody('otp=123456&again=123456', CODES), `otp=${HIDDEN}&again=${HIDDEN}`)
})

const BODIES: readonly [what: string, body: unknown, shown: unknown][] = [
  ['as text', { otp: '123456' }, { otp: HIDDEN }],
  ['as a number', { otp: 123456 }, { otp: HIDDEN }],
  ['in a list', [['123456']], [[HIDDEN]]],
  ['alone', '123456', HIDDEN],
  ['within a sentence', { text: 'It is 123456.' }, { text: `It is ${HIDDEN}.` }],
  ['as a key', { '123456': 'used' }, { [HIDDEN]: 'used' }],
]
for (const [where, body, shown] of BODIES) {
  t.test(`a code ${where} is hidden in a body`, async (t) => {
    t.same(maskedBody(JSON.stringify(body), CODES), shown)
  })
}

t.test('what is no code is shown: other texts, and numbers as numbers', async (t) => {
  t.same(withoutCodes({ a: '12345', b: 12345, c: 1.5 }, CODES.codes), {
    a: '12345',
    b: 12345,
    c: 1.5,
  })
})

t.test('no code is told by any body, and one without codes is told as it is', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), code, (body, sent) => {
      const around = { body, sent: [sent, Number(sent), `<${sent}>`], [sent]: 0 }
      const shown = JSON.stringify(maskedBody(JSON.stringify(around), secrets([], [sent])))
      return !shown.includes(sent)
    }),
    runs(1_000),
  )
  fc.assert(
    fc.property(fc.json(), (text) => {
      const shown = JSON.stringify(maskedBody(text, KEYS))
      return shown === JSON.stringify(JSON.parse(text))
    }),
    runs(1_000),
  )
})

t.test('a body nested deeper than anybody looks can still be written', async (t) => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  for (const known of [KEYS, CODES]) {
    t.equal(JSON.stringify(maskedBody(deep, known)), `${'['.repeat(100)}"…"${']'.repeat(100)}`)
  }
})

t.test('a field called __proto__ is a field as any other', async (t) => {
  const shown = maskedBody('{"__proto__":{"a":"123456"}}', CODES)
  t.equal(JSON.stringify(shown), `{"__proto__":{"a":"${HIDDEN}"}}`)
})

t.test('every text and every number of a value can be replaced', async (t) => {
  const value = { a: ['x', { b: 'y' }], c: 7, d: 8, e: null, f: true }
  const shown = replaced(value, (text) => (text === 'x' || text === '7' ? 'z' : text))
  t.same(shown, { a: ['z', { b: 'y' }], c: HIDDEN, d: 8, e: null, f: true })
})

t.test('what is replaced is left as it was', async (t) => {
  const value = { a: ['x'] }
  replaced(value, () => 'z')
  t.same(value, { a: ['x'] })
})
