import t from 'tap'
import type { RuntimeCall } from '../../src/contract/model.ts'
import {
  parseRuntimeTemplate,
  resolveRuntimeTemplate,
} from '../../src/contract/runtime-expression.ts'
import { ScriptError } from '../../src/errors.ts'

const CALL: RuntimeCall = {
  url: 'http://bank.test/codes/7?cb=http://app.test/q',
  method: 'POST',
  request: {
    path: { id: '7' },
    query: { cb: ['http://app.test/q', 'http://app.test/other'], one: 'x' },
    headers: { 'x-callback': 'http://app.test/h', many: ['a', 'b'] },
    body: { url: 'http://app.test', n: 5, yes: false, deep: { 'a/b~c': ['p', 'q'] }, no: '' },
  },
  response: { status: 201, headers: { location: '/codes/8' }, body: { id: '8' } },
}

const resolved = (text: string) => resolveRuntimeTemplate(parseRuntimeTemplate(text), CALL)

const VALUES: Readonly<Record<string, string | undefined>> = {
  '{$request.body#/url}': 'http://app.test',
  '{$request.body#/url}/done?id={$request.path.id}': 'http://app.test/done?id=7',
  '$request.body#/url': 'http://app.test',
  '$request.query.cb': 'http://app.test/q',
  '$request.query.one': 'x',
  '$request.header.X-Callback': 'http://app.test/h',
  '$request.header.many': 'a',
  '{$url}': CALL.url,
  'http://app.test/{$method}/{$statusCode}': 'http://app.test/POST/201',
  'http://app.test/fixed': 'http://app.test/fixed',
  '{$request.body#/n}-{$request.body#/yes}': '5-false',
  '{$request.body#/deep/a~1b~0c/1}': 'q',
  'http://app.test{$response.header.location}': 'http://app.test/codes/8',
  '{$response.body#/id}': '8',
}

for (const [text, value] of Object.entries(VALUES)) {
  t.test(`${text} is ${value}`, async (t) => {
    t.equal(resolved(text), value)
  })
}

for (const [text, what] of [
  ['{$request.body#/missing}', 'a value that is missing'],
  ['{$request.body#/deep}', 'an object'],
  ['{$request.body}', 'a whole body that is an object'],
  ['{$request.body#/no}', 'an empty string'],
  ['{$request.body#/constructor}', 'a property that every object inherits'],
  ['{$request.header.constructor}', 'a header that every object inherits'],
  ['{$request.query.toString}', 'a query that every object inherits'],
] as const) {
  t.test(`a template has no value when it names ${what}`, async (t) => {
    t.equal(resolved(text), undefined)
  })
}

t.test('a template has no value when the request has no body', async (t) => {
  const call = { ...CALL, request: { ...CALL.request, body: undefined } }
  t.equal(resolveRuntimeTemplate(parseRuntimeTemplate('{$request.body#/url}'), call), undefined)
})

const BROKEN: Readonly<Record<string, [at: number, message: RegExp]>> = {
  '{$request.boddy#/url}': [1, /"\$request\.boddy#\/url" is not a runtime expression: use \$url/],
  'http://a.test/{url}': [15, /"url" is not a runtime expression/],
  'http://a.test/{}': [15, /"" is not a runtime expression/],
  '{$request.body#/url': [0, /"\{" without "\}"/],
  '{$request.body#url}': [1, /is not a runtime expression/],
  '{$request.query.}': [1, /is not a runtime expression/],
  '{$response.query.x}': [1, /is not a runtime expression/],
  '$reqest.body#/url': [0, /is not a runtime expression/],
  '{$inputs.x}': [1, /is not a runtime expression/],
}

for (const [text, [at, message]] of Object.entries(BROKEN)) {
  t.test(`${text} is refused`, async (t) => {
    try {
      parseRuntimeTemplate(text)
      t.fail('it is read')
    } catch (error) {
      t.type(error, ScriptError)
      t.equal((error as ScriptError).at, at)
      t.match((error as ScriptError).message, message)
    }
  })
}

t.test('a template knows the parameters of the path that it reads', async (t) => {
  const { pathNames } = parseRuntimeTemplate('{$request.path.id}/{$request.path.page}/{$url}')
  t.same(pathNames, ['id', 'page'])
})
