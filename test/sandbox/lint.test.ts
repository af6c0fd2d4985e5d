import t, { type Test } from 'tap'
import { formatDiagnostic } from '../../src/errors.ts'
import { listNotes } from '../../src/sandbox/lint.ts'
import { loadApis } from '../../src/sandbox/load.ts'
import { BANK } from '../fixtures/files.ts'

/** The notes on one document and its scenarios, without the names of folders. */
function notes(t: Test, document: string, scenarios: Record<string, string> = {}): string[] {
  const path = t.testdir({ 'bank.yaml': document, scenarios: { bank: scenarios } })
  const files = { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
  return listNotes(loadApis(files)).map((note) => formatDiagnostic(note).replace(/^\S*\//, ''))
}

/** A document of one operation; these lines are its answers. */
const withResponses = (lines: string) => `openapi: 3.1.0
info: { title: Bank, version: '1' }
paths:
  /codes:
    post:
      operationId: sendCode
      responses:
        '204': { description: Sent. }
${lines}`

const CODES = '{ application/json: { examples: { LATE: { value: {} }, EARLY: { value: {} } } } }'

/** Two error codes of one status, in line 9. */
const CONFLICT = withResponses(`        '409': { description: No., content: ${CODES} }\n`)

const LATE = 'bank.yaml:9:9: no scenario answers 409 LATE of sendCode'
const EARLY = 'bank.yaml:9:9: no scenario answers 409 EARLY of sendCode'

/** A scenario that answers so. */
const answering = (respond: string, name = 's') =>
  `scenario: ${name}\nsummary: x\noperations:\n  sendCode: { calls: [{ respond: ${respond} }] }`

t.test('a document without assumptions and errors has no notes', async (t) => {
  t.same(notes(t, withResponses('')), [])
})

// Assumptions

t.test('an assumption is noted where it stands, with its reason', async (t) => {
  const lines =
    "        '200':\n          description: x\n          x-assumed: true\n          x-assumed-reason: Nobody says.\n"
  t.same(notes(t, withResponses(lines)), ['bank.yaml:11:11: assumed: Nobody says.'])
})

t.test('an assumption without a reason is noted', async (t) => {
  t.same(notes(t, `${withResponses('')}x-assumed: true\n`), [
    'bank.yaml:9:1: assumed: no reason is given',
  ])
})

t.test('an assumption in a list is noted at its item', async (t) => {
  const servers =
    'servers:\n  - url: /\n  - url: /multi\n    x-assumed: true\n    x-assumed-reason: y\n'
  t.same(notes(t, withResponses('') + servers), ['bank.yaml:12:5: assumed: y'])
})

t.test('assumptions are noted in the order of the file', async (t) => {
  const more = 'x-one: { x-assumed: true, x-assumed-reason: 1 }\nx-two: { x-assumed: true }\n'
  t.same(notes(t, withResponses('') + more), [
    'bank.yaml:9:10: assumed: 1',
    'bank.yaml:10:10: assumed: no reason is given',
  ])
})

for (const value of ['false', '"true"', 'null']) {
  t.test(`x-assumed: ${value} is no assumption`, async (t) => {
    t.same(notes(t, `${withResponses('')}x-assumed: ${value}\n`), [])
  })
}

// Error codes that nothing answers

t.test('each error code that no scenario answers is noted at its status', async (t) => {
  t.same(notes(t, CONFLICT, { 's.yaml': answering('204') }), [LATE, EARLY])
})

t.test('where there is no scenario at all, error codes are not noted one by one', async (t) => {
  t.same(notes(t, CONFLICT), [])
})

t.test('a status without named examples has no codes to note', async (t) => {
  t.same(notes(t, withResponses("        '500': { description: x }\n")), [])
})

t.test('the examples of a success are no error codes', async (t) => {
  t.same(notes(t, withResponses(`        '200': { description: x, content: ${CODES} }\n`)), [])
})

t.test('the examples of "default" are error codes', async (t) => {
  const document = withResponses(`        default: { description: x, content: ${CODES} }\n`)
  const found = notes(t, document, { 's.yaml': answering('204') })
  t.same(found[0], 'bank.yaml:9:9: no scenario answers default LATE of sendCode')
})

const ANSWERED: readonly [what: string, respond: string, left: string[]][] = [
  ['an example by name', '{ status: 409, example: EARLY }', [LATE]],
  ['a status, which is its first example', '409', [EARLY]],
  ['a body, which may be any of them', '{ status: 409, body: {} }', []],
  ['another status', '204', [LATE, EARLY]],
  ['the default', 'default', [LATE, EARLY]],
]

for (const [what, respond, left] of ANSWERED) {
  t.test(`a scenario that answers ${what} leaves ${left.length} codes`, async (t) => {
    t.same(notes(t, CONFLICT, { 's.yaml': answering(respond) }), left)
  })
}

t.test('codes are answered by several scenarios together', async (t) => {
  const files = {
    'a.yaml': answering('{ status: 409, example: LATE }', 'a'),
    'b.yaml': answering('{ status: 409, example: EARLY }', 'b'),
  }
  t.same(notes(t, CONFLICT, files), [])
})

t.test('a code is answered by the answers of api.yaml', async (t) => {
  const api = 'answers: { invalid: { status: 409, body: {} } }'
  t.same(notes(t, CONFLICT, { 'api.yaml': api }), [])
})

t.test('a code is answered by the credentials of api.yaml', async (t) => {
  const api = 'credentials:\n  - when: token == "x"\n    respond: { status: 409, example: LATE }\n'
  t.same(notes(t, CONFLICT, { 'api.yaml': api }), [EARLY])
})

t.test('a code that one operation answers is noted for the others', async (t) => {
  const found = notes(t, BANK, {
    's.yaml': answering('{ status: 409, example: TOO_EARLY }'),
  })
  t.notMatch(found.join('\n'), '409 TOO_EARLY of sendCode')
  t.match(found.join('\n'), /^bank\.yaml:27:9: no scenario answers 409 TOO_EARLY of verifyCode$/m)
})

// What is passed over, and what breaks its own schema

t.test('what of a document is passed over is noted', async (t) => {
  const lines = "        '200': { description: x, headers: { X: { schema: { type: text } } } }\n"
  t.match(notes(t, withResponses(lines)), [/^bank\.yaml:9:\d+: "type" is ignored/])
})

t.test('an operation without an id is noted with the one that scenarios use', async (t) => {
  const document = withResponses('').replace('      operationId: sendCode\n', '')
  t.same(notes(t, document), [
    'bank.yaml:5:5: POST /codes has no operationId: scenarios call it "postCodes"',
  ])
})

t.test('an example that breaks its schema is noted, and where', async (t) => {
  const media = '{ schema: { type: object, required: [id] }, examples: { A: { value: {} } } }'
  const lines = `        '200': { description: x, content: { application/json: ${media} } }\n`
  t.match(notes(t, withResponses(lines)), [
    /^bank\.yaml:9:\d+: the example "A" breaks its schema: the body must have required property 'id'$/,
  ])
})

// Scenarios that say nothing

t.test('a scenario that says nothing is noted, with the one that is played', async (t) => {
  const files = { 's.yaml': 'scenario: s\nsummary: x' }
  t.same(notes(t, withResponses(''), files), [
    's.yaml:1:1: "s" says nothing of its own: it is played as "default"',
  ])
})

t.test('a scenario that only extends another is noted', async (t) => {
  const files = { 'a.yaml': answering('204', 'a'), 'b.yaml': 'scenario: b\nsummary: x\nextends: a' }
  t.same(notes(t, withResponses(''), files), [
    'b.yaml:1:1: "b" says nothing of its own: it is played as "a"',
  ])
})

for (const [what, text] of Object.entries({
  operations: answering('204'),
  'a given state': 'scenario: s\nsummary: x\ngiven: { a: 1 }',
})) {
  t.test(`a scenario with ${what} says something`, async (t) => {
    t.same(notes(t, withResponses(''), { 's.yaml': text }), [])
  })
}

t.test('what is built in has no error code without a scenario, and no idle scenario', async (t) => {
  const found = listNotes(loadApis({ specs: [], scenarios: [] }))
  t.same(
    found.map(formatDiagnostic).filter((note) => !note.includes(': assumed: ')),
    [],
  )
})

// Files

t.test('a file that is not called as its scenario is noted', async (t) => {
  const file = answering('204', 'late')
  t.same(
    notes(t, withResponses(''), { 'lat.yaml': file, 'early.yml': answering('204', 'early') }),
    ['lat.yaml:1:1: the file is called "lat", its scenario "late"'],
  )
})
