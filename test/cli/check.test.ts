import { relative } from 'node:path'
import t, { type Test } from 'tap'
import { BANK, documentOf } from '../fixtures/files.ts'
import { run, STACK } from '../fixtures/run.ts'

const SOUND = 'scenario: s\nsummary: x\noperations:\n  sendCode: { calls: [{ respond: 204 }] }'
const FAULTY = 'scenario: s\nsummary: x\nextends: none'
const IDLE = 'scenario: idle\nsummary: x'

type Files = NonNullable<Parameters<Test['testdir']>[0]>

/** A folder of files; its path as messages show it. */
const folder = (t: Test, files: Files) => relative(process.cwd(), t.testdir(files))

/** A folder with the document of the bank and scenarios, and the flags that serve the document. */
function bank(t: Test, scenarios: Files = {}) {
  const path = folder(t, { 'bank.yaml': BANK, bank: scenarios })
  return { path, spec: ['--spec', `${path}/bank.yaml`] }
}

const check = (...args: string[]) => run(['check', ...args])

// Files

t.test('a document beside the built-in ones is checked', async (t) => {
  const { path } = bank(t)
  t.match(await check('--no-notes', `${path}/bank.yaml`), {
    code: 0,
    out: /^4 documents and \d+ scenarios are sound$/,
    error: '',
  })
})

t.test('a scenario file is checked with the API that its folder is named after', async (t) => {
  const { path, spec } = bank(t, { 's.yaml': SOUND })
  t.same(await check('--no-notes', ...spec, `${path}/bank/s.yaml`), {
    code: 0,
    out: '1 document and 2 scenarios are sound',
    error: '',
  })
})

t.test('a document and its scenario are checked together', async (t) => {
  const { path } = bank(t, { 's.yaml': FAULTY })
  const { code, error } = await check(`${path}/bank/s.yaml`, `${path}/bank.yaml`)
  t.equal(code, 1)
  t.match(error, `${path}/bank/s.yaml:3:10: there is no scenario "none" of bank`)
})

t.test('only the files that are named are checked, not those beside them', async (t) => {
  const { path, spec } = bank(t, { 's.yaml': SOUND, 'faulty.yaml': FAULTY })
  t.match(await check('--no-notes', ...spec, `${path}/bank/s.yaml`), { code: 0 })
})

t.test('api.yaml is no scenario, and is checked', async (t) => {
  const { path, spec } = bank(t, { 'api.yaml': 'subject: apiKey', 'bad.yaml': SOUND })
  t.same(await check('--no-notes', ...spec, `${path}/bank/api.yaml`), {
    code: 0,
    out: '1 document and 1 scenario are sound',
    error: '',
  })
})

t.test('a mistake in api.yaml is told at its place', async (t) => {
  const { path, spec } = bank(t, { 'api.yaml': 'subject: token\nsubjekt: token' })
  const { code, error } = await check(...spec, `${path}/bank/api.yaml`)
  t.equal(code, 1)
  t.match(error, `${path}/bank/api.yaml:2:1: `)
})

const STRAYS: readonly [what: string, name: string, message: string][] = [
  [
    'a misspelt API',
    'bnak',
    'a scenario lies in a folder named after its API, not "bnak"; did you mean "bank"?',
  ],
  [
    'an API like no other',
    'xylophone',
    'a scenario lies in a folder named after its API, not "xylophone": bank',
  ],
]

for (const [what, name, message] of STRAYS) {
  t.test(`a scenario file of ${what} is told`, async (t) => {
    const path = folder(t, { 'bank.yaml': BANK, [name]: { 's.yaml': SOUND } })
    t.same(await check('--spec', `${path}/bank.yaml`, `${path}/${name}/s.yaml`), {
      code: 1,
      out: '',
      error: `${path}/${name}/s.yaml:1:1: ${message}\n1 fault found`,
    })
  })
}

for (const [what, text] of Object.entries({
  'a list': '[1]',
  'a text': 'hello',
  empty: '',
  'a map of something else': 'hello: world',
})) {
  t.test(`a file that is ${what}, no document and no scenario, is told`, async (t) => {
    const { path, spec } = bank(t, { 'x.yaml': text })
    const { code, out, error } = await check(...spec, `${path}/bank/x.yaml`)
    t.equal(code, 1)
    t.equal(out, '')
    t.match(error, new RegExp(`^${path}/bank/x\\.yaml:\\d+:\\d+: `))
    t.notMatch(error, STACK)
  })
}

for (const [what, name, reason] of [
  ['not there', 'no-such.yaml', 'no such file or folder'],
  [
    'a folder',
    'bank',
    'it is a folder; use --scenarios PATH, or --spec PATH if it has OpenAPI documents',
  ],
  ['below a file', 'bank.yaml/x.yaml', 'it is not a folder'],
] as const) {
  for (const format of ['text', 'json', 'github']) {
    t.test(`a file that is ${what} is told in one line, as ${format}, too`, async (t) => {
      const { path } = bank(t)
      t.same(await check(`${path}/${name}`, '--format', format), {
        code: 1,
        out: '',
        error: `sca-sandbox: cannot read ${path}/${name}: ${reason.replaceAll('PATH', `${path}/${name}`)}`,
      })
    })
  }
}

t.test('a document that is named twice is told', async (t) => {
  const { path } = bank(t)
  const { code, error } = await check(`${path}/bank.yaml`, `${path}/bank.yaml`)
  t.equal(code, 1)
  t.match(error, `${path}/bank.yaml:1:1: two documents are called "bank": `)
})

t.test('a document that --spec names, too, is checked once', async (t) => {
  const { path, spec } = bank(t)
  t.match(await check('--no-notes', ...spec, `${path}/bank.yaml`), { code: 0, out: /^1 document / })
})

t.test('a document of a built-in name takes the place of the built-in one', async (t) => {
  const path = folder(t, {
    'weavr-multi.yaml': documentOf({ '/x': { get: { responses: { 204: { description: '' } } } } }),
  })
  const { code, error } = await check(`${path}/weavr-multi.yaml`)
  t.equal(code, 1)
  t.match(error, 'weavr-multi/default.yaml:', 'its scenarios have lost their operations')
})

t.test('a scenario file that is named twice is checked once', async (t) => {
  const { path, spec } = bank(t, { 's.yaml': SOUND })
  const file = `${path}/bank/s.yaml`
  t.match(await check('--no-notes', ...spec, file, file), { code: 0, out: / and 2 scenarios / })
})

t.test('two single files of one scenario are told, and replace nothing', async (t) => {
  const path = folder(t, {
    'bank.yaml': BANK,
    a: { bank: { 's.yaml': SOUND } },
    b: { bank: { 's.yaml': SOUND } },
  })
  const files = [`${path}/a/bank/s.yaml`, `${path}/b/bank/s.yaml`]
  const { code, error } = await check('--spec', `${path}/bank.yaml`, ...files)
  t.equal(code, 1)
  t.match(
    error,
    /b\/bank\/s\.yaml:1:11: duplicate scenario name "\w+": .*a\/bank\/s\.yaml has it, too\n/,
  )
})

t.test('a single file still replaces that of a folder', async (t) => {
  const path = folder(t, {
    'bank.yaml': BANK,
    a: { bank: { 's.yaml': SOUND } },
    b: { bank: { 's.yaml': SOUND } },
  })
  const args = ['--spec', `${path}/bank.yaml`, '--scenarios', `${path}/a`, `${path}/b/bank/s.yaml`]
  t.match(await check('--no-notes', ...args), { code: 0, out: / and 2 scenarios / })
})

t.test('two single api.yamls of one API are told', async (t) => {
  const about = () => ({ bank: { 'api.yaml': 'summary: x' } })
  const path = folder(t, { 'bank.yaml': BANK, a: about(), b: about() })
  const files = [`${path}/a/bank/api.yaml`, `${path}/b/bank/api.yaml`]
  const { code, error } = await check('--spec', `${path}/bank.yaml`, ...files)
  t.equal(code, 1)
  t.match(error, `"bank" has two api.yaml files: ${files[0]} is the other`)
})

// Faults

t.test('faults are told on standard error, with their number, as text', async (t) => {
  const { path, spec } = bank(t, { 's.yaml': `${FAULTY}\nextra: 1`, 'broken.yaml': 'a: [' })
  const { code, out, error } = await check(
    ...spec,
    `${path}/bank/s.yaml`,
    `${path}/bank/broken.yaml`,
  )
  t.equal(code, 1)
  t.equal(out, '')
  const lines = error.split('\n')
  t.equal(lines.at(-1), '2 faults found')
  t.equal(lines.length, 3)
  for (const line of lines.slice(0, -1)) t.match(line, /^\S+:\d+:\d+: /)
  t.notMatch(error, STACK)
})

t.test('faults are told on standard output as JSON, and nothing else', async (t) => {
  const { path, spec } = bank(t, { 's.yaml': FAULTY })
  const file = `${path}/bank/s.yaml`
  const { code, out, error } = await check(...spec, file, '--format', 'json')
  t.equal(code, 1)
  t.equal(error, '')
  t.same(JSON.parse(out), {
    faults: [{ file, line: 3, column: 10, message: 'there is no scenario "none" of bank' }],
    notes: [],
  })
})

/** Annotations as a workflow reads them. */
const annotations = (out: string) =>
  out.split('\n').map((line) => {
    const found = /^::(error|notice) file=([^,]*),line=(\d+),col=(\d+)::(.+)$/.exec(line)
    if (!found) throw new Error(`no annotation: ${line}`)
    const [, kind, file = '', row, column, message = ''] = found
    const plain = (text: string) =>
      text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%')
    return {
      kind,
      file: plain(file),
      line: Number(row),
      column: Number(column),
      message: plain(message),
    }
  })

t.test('faults are annotations for GitHub', async (t) => {
  const { path, spec } = bank(t, { 's.yaml': FAULTY })
  const file = `${path}/bank/s.yaml`
  const { code, out, error } = await check(...spec, file, '--format', 'github')
  t.equal(code, 1)
  t.equal(error, '')
  t.same(annotations(out), [
    { kind: 'error', file, line: 3, column: 10, message: 'there is no scenario "none" of bank' },
  ])
})

t.test('percent signs and line ends are escaped for GitHub', async (t) => {
  const reason = 'About 100% sure.\r\nOr 50%25.\n::error::x'
  const document = JSON.stringify({
    ...JSON.parse(documentOf({ '/x': { get: { responses: {} } } })),
    'x-assumed': true,
    'x-assumed-reason': reason,
  })
  const path = folder(t, { 'x.yaml': document })
  const { code, out } = await check('--spec', `${path}/x.yaml`, '--format', 'github')
  t.equal(code, 0)
  t.match(out, '::assumed: About 100%25 sure.%0D%0AOr 50%2525.%0A::error::x')
  t.match(annotations(out), [{ kind: 'notice', message: `assumed: ${reason}` }])
})

t.test('commas and colons in the name of a file are escaped for GitHub', async (t) => {
  const path = folder(t, { 'a,b:c.yaml': 'swagger: "2.0"' })
  const { out } = await check('--spec', `${path}/a,b:c.yaml`, '--format', 'github')
  t.match(out, `::error file=${path}/a%2Cb%3Ac.yaml,line=1,col=10::`)
})

// Notes

/** A document with an assumption in line 3, and two error codes in line 10. */
const NOTED = `openapi: 3.1.0
info: { title: Bank, version: '1' }
x-assumed: true
paths:
  /codes:
    post:
      operationId: sendCode
      responses:
        '204': { description: Sent., x-value: &v { value: {} } }
        '409': { description: x, content: { application/json: { examples: { LATE: *v, EARLY: *v } } } }
`

/** The flags that serve it, with a scenario that says nothing. */
function noted(t: Test) {
  const path = folder(t, { 'bank.yaml': NOTED, scenarios: { bank: { 'idle.yaml': IDLE } } })
  const flags = ['--spec', `${path}/bank.yaml`, '--scenarios', `${path}/scenarios`]
  const notes = [
    { file: `${path}/bank.yaml`, line: 3, column: 1, message: 'assumed: no reason is given' },
    ...['LATE', 'EARLY'].map((name) => ({
      file: `${path}/bank.yaml`,
      line: 10,
      column: 9,
      message: `no scenario answers 409 ${name} of sendCode`,
    })),
    {
      file: `${path}/scenarios/bank/idle.yaml`,
      line: 1,
      column: 1,
      message: '"idle" says nothing of its own: it is played as "default"',
    },
  ]
  return { flags, notes }
}

t.test('notes are told on standard output, and do not fail', async (t) => {
  const { flags, notes } = noted(t)
  const { code, out, error } = await check(...flags)
  t.equal(code, 0)
  t.equal(error, '')
  t.same(out.split('\n'), [
    ...notes.map((each) => `${each.file}:${each.line}:${each.column}: note: ${each.message}`),
    '1 document and 2 scenarios are sound',
  ])
})

t.test('notes are told as JSON', async (t) => {
  const { flags, notes } = noted(t)
  const { code, out, error } = await check(...flags, '--format', 'json')
  t.equal(code, 0)
  t.equal(error, '')
  t.same(JSON.parse(out), { faults: [], notes })
})

t.test('notes are notices for GitHub', async (t) => {
  const { flags, notes } = noted(t)
  const { code, out, error } = await check(...flags, '--format', 'github')
  t.equal(code, 0)
  t.equal(error, '')
  t.same(
    annotations(out),
    notes.map((each) => ({ kind: 'notice', ...each })),
  )
})

t.test('--no-notes leaves the notes out', async (t) => {
  const { flags } = noted(t)
  const quiet = (format: string) => check(...flags, '--no-notes', '--format', format)
  t.equal((await quiet('text')).out, '1 document and 2 scenarios are sound')
  t.same(JSON.parse((await quiet('json')).out), { faults: [], notes: [] })
  t.equal((await quiet('github')).out, '')
})

t.test('where there are faults no notes are told', async (t) => {
  const { flags } = noted(t)
  const { path } = bank(t, { 's.yaml': FAULTY })
  const { out, error } = await check(...flags, `${path}/bank/s.yaml`)
  t.equal(out, '')
  t.notMatch(error, 'note: ')
})

// What was asked wrongly

for (const format of ['xml', 'JSON', 'toString', '']) {
  t.test(`--format=${format} ends with code 2 and says what there is`, async (t) => {
    t.same(await check(`--format=${format}`), {
      code: 2,
      out: '',
      error: `sca-sandbox: --format: "${format}" is not one of text, json, github`,
    })
  })
}
