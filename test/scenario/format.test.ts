/** The schemas that editors check scenario files with are those that the loader checks with. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import { apiSchema, scenarioSchema } from '../../src/scenario/format.ts'
import { checkForm } from '../../src/scenario/raw.ts'
import { YamlFile } from '../../src/yaml-file.ts'

const FOLDER = new URL('../../scenarios/', import.meta.url).pathname
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

type Form = 'scenario' | 'api'

const SCHEMAS = { scenario: scenarioSchema, api: apiSchema }
const FORMS: readonly Form[] = ['scenario', 'api']

/** A schema file as an editor reads it. */
const written = (form: Form) => JSON.parse(read(`${form}.schema.json`)) as Record<string, unknown>

const validator = (form: Form) => new Ajv2020({ strict: false }).compile(written(form))

const formOf = (name: string): Form => (name.endsWith('/api.yaml') ? 'api' : 'scenario')

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .toSorted()

for (const form of FORMS) {
  t.test(`scenarios/${form}.schema.json is what would be written now`, async (t) => {
    t.strictSame(written(form), JSON.parse(JSON.stringify(SCHEMAS[form])))
  })

  t.test(`scenarios/${form}.schema.json is a schema of its dialect`, async (t) => {
    const ajv = new Ajv2020()
    t.equal(ajv.validateSchema(written(form)), true, ajv.errorsText())
  })

  t.test(`every key of scenarios/${form}.schema.json has a description`, async (t) => {
    const lacking: string[] = []
    let seen = 0
    for (const { key, schema, at } of keysOf(written(form), written(form), form)) {
      seen++
      if (typeof schema.description !== 'string' || schema.description === '') {
        lacking.push(`${at}: ${key}`)
      }
    }
    t.same(lacking, [])
    t.ok(seen > 10)
  })
}

type Schema = Readonly<Record<string, unknown>>

interface Key {
  readonly key: string
  readonly schema: Schema
  readonly at: string
}

/** All that stands under a `properties`, with what its `$ref` leads to. */
function* keysOf(root: Schema, node: unknown, at: string): Generator<Key> {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties') {
      for (const [name, schema] of Object.entries(value as Record<string, Schema>)) {
        yield { key: name, schema: { ...target(root, schema), ...schema }, at }
      }
    }
    yield* keysOf(root, value, `${at}/${key}`)
  }
}

function target(root: Schema, { $ref }: Schema): Schema {
  if (typeof $ref !== 'string') return {}
  const path = $ref.split('/').slice(1)
  return path.reduce<Schema>((node, key) => node[key] as Schema, root)
}

t.test('every built-in file is valid against the schema file', async (t) => {
  const validators = { scenario: validator('scenario'), api: validator('api') }
  t.ok(files.length > 40)
  for (const name of files) {
    const validate = validators[formOf(name)]
    t.ok(validate(parse(read(name))), `${name} is valid`, { errors: validate.errors })
  }
})

t.test('every built-in file leads editors to its schema', async (t) => {
  for (const name of files) {
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(read(name)) ?? []
    const path = join(FOLDER, dirname(name), schema)
    t.equal(path, join(FOLDER, `${formOf(name)}.schema.json`), name)
    t.ok(existsSync(path), `${name} leads to a file`)
    t.match(read(name), /^# yaml-language-server: /, `${name} says so in its first line`)
  }
})

const START = 'scenario: s\nsummary: x\n'
const operations = (entry: string) => `${START}operations: { a: { calls: [${entry}] } }`

const REFUSED: Readonly<Record<string, [form: Form, text: string]>> = {
  'a file without a summary': ['scenario', 'scenario: s'],
  'a name with capital letters': ['scenario', 'scenario: Slow\nsummary: x'],
  'an unknown key': ['scenario', `${START}opertions: {}`],
  'a list in place of a file': ['scenario', '[]'],
  'no operations': ['scenario', `${START}operations: {}`],
  'an operation without calls': ['scenario', `${START}operations: { a: { calls: [] } }`],
  'an unknown fault': ['scenario', operations('{ fault: explode }')],
  'a delay without a unit': ['scenario', operations('{ delay: "2" }')],
  'a delay that is a number': ['scenario', operations('{ delay: 2 }')],
  'a status that is none': ['scenario', operations('{ respond: 99 }')],
  'an answer without a status': ['scenario', operations('{ respond: { body: {} } }')],
  'an answer of an unknown word': ['scenario', operations('{ respond: defalt }')],
  'a message without a channel': ['scenario', operations('{ send: { code: "1" } }')],
  'one of several messages without a channel': [
    'scenario',
    operations('{ send: [{ channel: SMS }, { code: "1" }] }'),
  ],
  'times of nought': ['scenario', operations('{ times: 0, respond: 204 }')],
  'a name that is none': ['scenario', operations('{ let: { 1a: x }, respond: 204 }')],
  'an empty entry': ['scenario', operations('{}')],
  'an action with an odd name': [
    'scenario',
    `${START}actions: { Ignore_It: { rules: [{ set: { a: 1 } }] } }`,
  ],
  'an action without rules': ['scenario', `${START}actions: { accept: {} }`],
  'an unknown answer of the contract': ['api', 'answers: { teapot: 418 }'],
  'idempotency without a duration': ['api', 'idempotency: { header: Idempotency-Key }'],
  'credentials that refuse nobody': ['api', 'credentials: [{ respond: 401 }]'],
  'a subject that is empty': ['api', 'subject: ""'],
  'a constant that cannot be named': ['api', 'constants: { a-b: 1 }'],
}

for (const [what, [form, text]] of Object.entries(REFUSED)) {
  t.test(`${what} is refused by the loader and by the schema file`, async (t) => {
    const source = new YamlFile('x.yaml', text)
    t.not(checkForm(source, form).length, 0)
    t.equal(validator(form)(parse(text)), false)
  })
}

const TAKEN: Readonly<Record<string, [form: Form, text: string]>> = {
  'the shortest scenario': ['scenario', START],
  'an entry that is only a word': ['scenario', operations('default')],
  'a message, and several': [
    'scenario',
    operations('{ send: { channel: SMS } }, { send: [{ channel: SMS, a: true }] }'),
  ],
  'a delay of two units': ['scenario', operations('{ delay: 1m30s, respond: 204 }')],
  'an api.yaml that says nothing': ['api', '{}'],
}

for (const [what, [form, text]] of Object.entries(TAKEN)) {
  t.test(`${what} is taken by the loader and by the schema file`, async (t) => {
    t.same(checkForm(new YamlFile('x.yaml', text), form), [])
    t.equal(validator(form)(parse(text)), true)
  })
}
