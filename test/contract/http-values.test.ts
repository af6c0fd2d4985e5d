import t from 'tap'
import {
  detectFormat,
  findDeclared,
  getEssence,
  isJsonType,
  readTypeParameter,
} from '../../src/contract/http-values.ts'

const FORMS: Readonly<Record<string, readonly string[]>> = {
  json: ['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.a.v1+json'],
  xml: ['application/xml', 'text/xml', 'application/soap+xml; action=a', 'image/svg+xml'],
  form: ['application/x-www-form-urlencoded'],
  multipart: ['multipart/form-data; boundary=x', 'multipart/mixed'],
  text: ['text/plain', 'text/csv', 'application/yaml', 'application/vnd.oai.openapi+yaml'],
  binary: [
    'application/octet-stream',
    'image/png',
    'application/pdf',
    'json',
    '',
    '*/*',
    'a/bjson',
  ],
}

for (const [form, types] of Object.entries(FORMS)) {
  for (const type of types) {
    t.test(`"${type}" is ${form}`, async (t) => {
      t.equal(detectFormat(type), form)
      t.equal(isJsonType(type), form === 'json')
    })
  }
}

t.test('the essence of a media type is its name in lower case, without parameters', async (t) => {
  t.equal(getEssence(' Text/HTML ; charset=x'), 'text/html')
  t.equal(getEssence(''), '')
})

const DECLARED: readonly [types: string[], sent: string, found: string | undefined][] = [
  [['a/b', 'a/*', '*/*'], 'a/b', 'a/b'],
  [['*/*', 'a/*', 'a/b'], 'A/B; charset=utf-8', 'a/b'],
  [['*/*', 'a/*', 'a/b'], 'a/c', 'a/*'],
  [['*/*', 'a/*', 'a/b'], 'c/d', '*/*'],
  [['a/b; v=1', 'a/b; v=2'], 'a/b; v=2', 'a/b; v=2'],
  [['a/b; v=1', 'a/b; v=2'], 'a/b', 'a/b; v=1'],
  [['A/B'], 'a/b', 'A/B'],
  [['a/b'], 'a/c', undefined],
  [['a/*'], 'b/c', undefined],
  [['a/b'], 'a/b+json', undefined],
  [[], 'a/b', undefined],
]

for (const [types, sent, found] of DECLARED) {
  t.test(`"${sent}" is ${found} when ${types.join(', ')} are declared`, async (t) => {
    t.equal(
      findDeclared(
        types.map((type) => ({ type })),
        sent,
      )?.type,
      found,
    )
  })
}

const PARAMETERS: readonly [type: string, name: string, value: string | undefined][] = [
  ['a/b; charset=utf-8', 'charset', 'utf-8'],
  ['a/b;CHARSET="utf-8"', 'charset', 'utf-8'],
  ['a/b; boundary="x; y"; charset=z', 'boundary', 'x; y'],
  ['a/b; boundary="x; y"; charset=z', 'charset', 'z'],
  ['a/b; boundary="; charset=x"', 'charset', undefined],
  ['a/b; xcharset=y', 'charset', undefined],
  ['a/b; charset=', 'charset', undefined],
  ['a/b', 'charset', undefined],
]

for (const [type, name, value] of PARAMETERS) {
  t.test(`the ${name} of "${type}" is ${value}`, async (t) => {
    t.equal(readTypeParameter(type, name), value)
  })
}
