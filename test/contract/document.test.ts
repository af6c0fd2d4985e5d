/** Documents of several files, and all forms of references. */
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { loadContract } from '../../src/contract/load.ts'
import type { Contract, Json } from '../../src/contract/model.ts'
import { readYamlFile } from '../../src/yaml-file.ts'
import { failure } from '../fixtures/files.ts'

const HEAD = 'openapi: 3.1.0\ninfo: { title: T, version: "1" }\n'

/** Writes a document whose only body has this schema, given as YAML. */
const bodyOf = (schema: string, more = '') => `${HEAD}paths:
  /x:
    post:
      operationId: send
      requestBody: { content: { application/json: { schema: ${schema} } } }
      responses: {}
${more}`

type Files = Readonly<Record<string, string | Readonly<Record<string, string>>>>

const load = (folder: string) => {
  const file = join(folder, 'api.yaml')
  return loadContract(readYamlFile(file, relative(process.cwd(), file)))
}

const loaded = (t: Test, files: Files): Contract => {
  const folder = t.testdir(files)
  return loadContract(readYamlFile(join(folder, 'api.yaml')))
}

/** Checks bodies of the document's only operation; reports violations as `a type`. */
function bodies(contract: Contract): (body: Json) => string[] {
  const operation = contract.operations.get('send')!
  return (body) =>
    contract
      .checkRequest(operation, { path: {}, query: {}, headers: {}, body })
      .map(({ field, rule }) => `${field} ${rule}`)
}

const PET = 'type: object\nproperties: { a: { type: integer } }\n'

const ELSEWHERE: Readonly<Record<string, Files>> = {
  'a whole file': { 'api.yaml': bodyOf('{ $ref: pet.yaml }'), 'pet.yaml': PET },
  'a file beside it': { 'api.yaml': bodyOf('{ $ref: ./pet.yaml }'), 'pet.yaml': PET },
  'a JSON file': {
    'api.yaml': bodyOf('{ $ref: pet.json }'),
    'pet.json': '{"type":"object","properties":{"a":{"type":"integer"}}}',
  },
  'a file with an encoded name': {
    'api.yaml': bodyOf('{ $ref: my%20pet.yaml }'),
    'my pet.yaml': PET,
  },
  'a part of a file': {
    'api.yaml': bodyOf('{ $ref: "pets.yaml#/Pet" }'),
    'pets.yaml': 'Pet: { type: object, properties: { a: { type: integer } } }',
  },
  'a file in a folder, with references relative to that': {
    'api.yaml': bodyOf('{ $ref: schemas/pet.yaml }'),
    schemas: {
      'pet.yaml': 'type: object\nproperties: { a: { $ref: "../count.yaml#/Count" } }',
    },
    'count.yaml': 'Count: { $ref: "#/Whole" }\nWhole: { type: integer }',
  },
  'a file that refers back to the main file': {
    'api.yaml': bodyOf(
      '{ $ref: pet.yaml }',
      'components: { schemas: { Count: { type: integer } } }',
    ),
    'pet.yaml':
      'type: object\nproperties: { a: { $ref: "api.yaml#/components/schemas/Count" }, b: { $ref: pet.yaml } }',
  },
  'a chain of references': {
    'api.yaml': bodyOf('{ $ref: "a.yaml#/A" }'),
    'a.yaml': 'A: { $ref: "b.yaml#/B" }',
    'b.yaml': 'B: { $ref: "a.yaml#/C" }'.concat('\n'),
  },
}

for (const [what, files] of Object.entries(ELSEWHERE)) {
  const more = what === 'a chain of references' ? `${files['a.yaml']}\nC: { $ref: pet.yaml }` : ''
  t.test(`a schema may be ${what}`, async (t) => {
    const chain: Files = more === '' ? {} : { 'a.yaml': more, 'pet.yaml': PET }
    const check = bodies(loaded(t, { ...files, ...chain }))
    t.same(check({ a: 1 }), [])
    t.same(check({ a: 'x' }), ['a type'])
  })
}

const WITHIN: Readonly<Record<string, string>> = {
  '"#/components/schemas/a~1b~0c"': '{ a/b~c: { type: integer } }',
  '"#/components/schemas/a%20b"': '{ a b: { type: integer } }',
  '"#/components/schemas/Gr%C3%B6%C3%9Fe"': '{ Größe: { type: integer } }',
  '"#/components/schemas/Größe"': '{ Größe: { type: integer } }',
  '"#/components/schemas/Page«Pet»"': '{ "Page«Pet»": { type: integer } }',
  '"#/components/schemas/Map[string,int]"': '{ "Map[string,int]": { type: integer } }',
  '"#/components/schemas/Page`1"': '{ "Page`1": { type: integer } }',
  '"#/components/schemas/50%"': '{ "50%": { type: integer } }',
  '"#/components/schemas/50%25"': '{ "50%": { type: integer } }',
  '"#count"': '{ Count: { $anchor: count, type: integer } }',
  '"https://a.test/count"': '{ Count: { $id: "https://a.test/count", type: integer } }',
  count: '{ Count: { $id: count, type: integer } }',
  '"https://a.test/pet#/$defs/n"':
    '{ Pet: { $id: "https://a.test/pet", $defs: { n: { type: integer } } } }',
  '"#/components/schemas/Pet/properties/n"':
    '{ Pet: { type: object, properties: { n: { type: integer } } } }',
  '"#/components/schemas/Pet/allOf/1"': '{ Pet: { allOf: [{}, { type: integer }] } }',
  '"#/components/schemas/Twice"':
    '{ Twice: { $ref: "#/components/schemas/Once" }, Once: { type: integer } }',
}

for (const [ref, schemas] of Object.entries(WITHIN)) {
  t.test(`${ref} refers to a part of ${schemas}`, async (t) => {
    const schema = `{ type: object, properties: { a: { $ref: ${ref} } } }`
    const contract = loaded(t, {
      'api.yaml': bodyOf(schema, `components: { schemas: ${schemas} }`),
    })
    const check = bodies(contract)
    t.same(check({ a: 1 }), [])
    t.same(check({ a: 'x' }), ['a type'])
    t.same(contract.warnings, [])
  })
}

for (const [version, faults] of [
  ['3.0.3', []],
  ['3.1.0', ['a range']],
] as const) {
  t.test(`keywords beside a reference hold as OpenAPI ${version} defines it`, async (t) => {
    const schema =
      '{ type: object, properties: { a: { $ref: "#/components/schemas/N", minimum: 5 } } }'
    const text = bodyOf(schema, 'components: { schemas: { N: { type: integer } } }')
    const check = bodies(loaded(t, { 'api.yaml': text.replace('3.1.0', version) }))
    t.same(check({ a: 1 }), faults)
    t.same(check({ a: 'x' }), ['a type'])
  })
}

for (const file of ['pet.yaml', '"pets.yaml#/Pet"']) {
  t.test(`a schema of ${file} is read in the version of the main file`, async (t) => {
    const pet = '{ type: string, nullable: true, maxLength: 3, pattern: "(?<" }'
    const files = { 'pet.yaml': pet, 'pets.yaml': `Pet: ${pet}` }
    const text = bodyOf(`{ $ref: ${file} }`).replace('3.1.0', '3.0.3')
    const contract = loaded(t, { 'api.yaml': text, ...files })
    const check = bodies(contract)
    t.same(check(null), [])
    t.same(check('abcd'), [' size'])
    t.match(contract.warnings, [{ file: /pets?\.yaml$/, line: 1, message: /"pattern" is ignored/ }])
  })
}

t.test('a schema may contain itself directly or through other schemas', async (t) => {
  const schemas = `{
    Tree: { type: object, properties: { kids: { type: array, items: { $ref: "#/components/schemas/Tree" } } } },
    Self: { anyOf: [{ type: integer }, { $ref: "#/components/schemas/Self", title: again }] },
  }`
  const schema =
    '{ type: object, properties: { t: { $ref: "#/components/schemas/Tree" } }, ' +
    'additionalProperties: { type: array, items: { $ref: "#/components/schemas/Self" } } }'
  const contract = loaded(t, { 'api.yaml': bodyOf(schema, `components: { schemas: ${schemas} }`) })
  t.same(bodies(contract)({ t: { kids: [{ kids: [] }] } }), [])
  // A schema that applies itself allows nothing; it must do no harm either.
  t.same(bodies(contract)({ s: ['x'] }), [' invalid'])
  t.same(bodies(contract)({ t: { kids: [{ kids: 5 }] } }), ['t.kids[0].kids type'])
})

const ITEM = `get:
  operationId: send
  parameters:
    - { $ref: "../parameters.yaml#/Limit" }
  responses:
    '200': { $ref: "#/answers/ok" }
answers:
  ok:
    description: ''
    content: { application/json: { schema: { $ref: "../pet.yaml" }, example: { $ref: mine } } }
`

const PARTS: Files = {
  'api.yaml': `${HEAD}paths: { /x: { $ref: paths/x.yaml } }`,
  paths: { 'x.yaml': ITEM },
  'parameters.yaml': 'Limit: { name: limit, in: query, schema: { type: integer } }',
  'pet.yaml': PET,
}

t.test('path items, parameters and responses may be in other files', async (t) => {
  const contract = loaded(t, PARTS)
  const operation = contract.operations.get('send')!
  const parts = { path: {}, query: { limit: 'x' }, headers: {}, body: undefined }
  t.match(contract.checkRequest(operation, parts), [{ field: 'limit', rule: 'type' }])
  const answer = operation.responses.get('200')!
  t.match(contract.checkBody(answer, { a: 'x' }), [{ path: '/a', keyword: 'type' }])
  t.same(answer.content?.examples.get('example'), { $ref: 'mine' })
})

t.test('a contract lists all files that were read for it', async (t) => {
  const folder = t.testdir(PARTS)
  const { files } = load(folder)
  t.same(files.map((file) => relative(folder, file)).toSorted(), [
    'api.yaml',
    'parameters.yaml',
    'paths/x.yaml',
    'pet.yaml',
  ])
})

const FAULTY: Readonly<Record<string, [files: Files, ...faults: RegExp[]]>> = {
  'a file that is missing': [
    { 'api.yaml': bodyOf('{ $ref: none.yaml }') },
    /\/api\.yaml:7:\d+: cannot read .*none\.yaml: no such file or folder$/,
  ],
  'a folder': [
    { 'api.yaml': bodyOf('{ $ref: folder }'), folder: {} },
    /\/api\.yaml:7:\d+: cannot read .*folder: it is a folder$/,
  ],
  'a part that is missing': [
    { 'api.yaml': bodyOf('{ $ref: "pet.yaml#/None" }'), 'pet.yaml': PET },
    /\/api\.yaml:7:\d+: "pet\.yaml#\/None" points to nothing$/,
  ],
  'an anchor that is missing': [
    { 'api.yaml': bodyOf('{ $ref: "#none" }') },
    /\/api\.yaml:7:\d+: "#none" points to nothing$/,
  ],
  'nothing in another file': [
    { 'api.yaml': bodyOf('{ $ref: pet.yaml }'), 'pet.yaml': 'items:\n  $ref: "#/None"' },
    /pet\.yaml:2:9: "#\/None" points to nothing$/,
  ],
  'a file that is not YAML, reported once': [
    {
      'api.yaml': bodyOf('{ anyOf: [{ $ref: pet.yaml }, { $ref: pet.yaml }] }'),
      'pet.yaml': 'a: [',
    },
    /pet\.yaml:1:5: /,
  ],
  'a cycle through two files': [
    {
      'api.yaml': bodyOf('{ $ref: "a.yaml#/A" }'),
      'a.yaml': 'A: { $ref: "b.yaml#/B" }',
      'b.yaml': 'B:\n  $ref: "a.yaml#/A"',
    },
    /\/api\.yaml:7:\d+: the reference only leads back to itself/,
    /a\.yaml:1:12: the reference only leads back to itself/,
    /b\.yaml:2:9: the reference only leads back to itself/,
  ],
  'an external path item with an invalid status': [
    {
      'api.yaml': `${HEAD}paths: { /x: { $ref: x.yaml } }`,
      'x.yaml': 'get:\n  responses:\n    ok: { description: "" }',
    },
    /x\.yaml:3:5: "ok" is not a status/,
  ],
}

for (const [what, [files, ...faults]] of Object.entries(FAULTY)) {
  t.test(`a reference to ${what} is reported with its place`, async (t) => {
    const folder = t.testdir(files)
    const reported = failure(() => load(folder))
    t.equal(reported.length, faults.length, reported.join('\n'))
    for (const fault of faults)
      t.ok(
        reported.some((each) => fault.test(each)),
        reported.join('\n'),
      )
  })
}
