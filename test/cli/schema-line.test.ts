/** Scenario files that `init` writes lead editors to the schema that the loader checks them with. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { schemaLine } from '../../src/cli/schema-line.ts'
import { BUILT_IN } from '../../src/sandbox/load.ts'
import { CLASSIC } from '../fixtures/petstores.ts'
import { run } from '../fixtures/run.ts'

const LINE = /^# yaml-language-server: \$schema=(\S+)$/

/** The schema that an editor finds for a file. */
function findSchema(file: string, line = readFileSync(file, 'utf8').split('\n')[0] ?? '') {
  const [, place = ''] = LINE.exec(line) ?? []
  return place.startsWith('file:') ? fileURLToPath(place) : resolve(dirname(file), place)
}

const builtIn = (name: string) => join(BUILT_IN.scenarios, name)

t.test('a scenario of a built-in document leads to the schema of scenarios', async (t) => {
  const folder = t.testdir({})
  await run(['init', folder])
  const file = `${folder}/scenarios/weavr-multi/one-time-password.yaml`
  t.equal(findSchema(file), builtIn('scenario.schema.json'))
})

t.test('the files of an own document lead to the schema of their kind', async (t) => {
  const folder = t.testdir({ 'own.json': CLASSIC })
  await run(['init', folder, '--spec', `${folder}/own.json`])
  const own = `${folder}/scenarios/own`
  t.same(readdirSync(own), ['api.yaml', 'default.yaml'])
  t.equal(findSchema(`${own}/api.yaml`), builtIn('api.schema.json'))
  t.equal(findSchema(`${own}/default.yaml`), builtIn('scenario.schema.json'))
})

t.test('a project that has the package gets the path into it', async (t) => {
  const folder = t.testdir({ node_modules: { 'sca-sandbox': { scenarios: {} } } })
  const line = schemaLine(`${folder}/tests/scenarios/own/a.yaml`, BUILT_IN.scenarios)
  const path = '../../../node_modules/sca-sandbox/scenarios/scenario.schema.json'
  t.equal(line, `# yaml-language-server: $schema=${path}`)
})

for (const name of ['my tools', 'tools #2', '100% tools']) {
  t.test(`a schema in a folder called ${name} is found by editors`, async (t) => {
    const line = schemaLine('/project/scenarios/own/a.yaml', `/${name}/scenarios`)
    t.equal(
      findSchema('/project/scenarios/own/a.yaml', line),
      `/${name}/scenarios/scenario.schema.json`,
    )
  })
}
