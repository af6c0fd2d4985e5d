/** First scenario files for documents of all kinds: they load, and hold the document's own data. */
import t from 'tap'
import { scaffoldScenarios } from '../../src/cli/scaffold.ts'
import { scaffoldOtp } from '../../src/cli/scaffold-otp.ts'
import { loadContract } from '../../src/contract/load.ts'
import type { Contract } from '../../src/contract/model.ts'
import { createGenerator } from '../../src/generate/generate.ts'
import { readYamlFile } from '../../src/yaml-file.ts'
import { own } from '../documents/corpus.ts'
import { listening, overSockets, told } from '../fixtures/calls.ts'
import {
  BANK,
  contractOf,
  contractOfPaths,
  documentOf,
  faultsOf,
  loadFiles,
} from '../fixtures/files.ts'
import { run } from '../fixtures/run.ts'

const scaffold = (contract: Contract) => scaffoldScenarios(contract, createGenerator(), false)

/** What is wrong with files that were written for a document. */
function findFaults(contract: Contract, files: Readonly<Record<string, string>>): string[] {
  const { 'api.yaml': api, ...scenarios } = files
  return faultsOf({ contract, folders: scenarios, ...(api !== undefined && { api }) })
}

for (const { name, file } of own()) {
  t.test(`the files for ${name} load`, async (t) => {
    const contract = loadContract(readYamlFile(file, file))
    const files = await scaffold(contract)
    t.same(findFaults(contract, files), [])
    t.same(Object.keys(files), ['api.yaml', 'first-call-fails.yaml'])
  })
}

const json = (schema: unknown) => ({ content: { 'application/json': { schema } } })
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

/** A document whose items have a field that responses need and clients cannot send. */
const withDefault = (schema: object, more = {}) => {
  const item = {
    type: 'object',
    required: ['id', 'fixed'],
    properties: { id: { type: 'string' }, fixed: { readOnly: true, ...schema }, ...more },
  }
  const response = { description: 'An item.', ...json(item) }
  return contractOfPaths({
    '/items': {
      post: { requestBody: { required: true, ...json(item) }, responses: { 201: response } },
    },
    '/items/{id}': { get: { parameters: [id], responses: { 200: response } } },
  })
}

t.test('a value of the document that looks like an expression stays text', async (t) => {
  const contract = withDefault({ const: 'a ${state.made} b' })
  const files = await scaffold(contract)
  t.match(files['default.yaml'], "defaults: { fixed: 'a $${state.made} b' }")
  t.same(findFaults(contract, files), [])
})

t.test('a time that clients cannot send is that of the session', async (t) => {
  const files = await scaffold(withDefault({ type: 'string', format: 'date-time' }))
  t.match(files['default.yaml'], "defaults: { fixed: '${now}' }")
})

t.test('a document that wants a URL for a location gets one with its base path', async (t) => {
  const item = { type: 'object', properties: { id: { type: 'integer' } } }
  const response = { description: 'An item.', ...json(item) }
  const headers = { Location: { required: true, schema: { type: 'string', format: 'uri' } } }
  const paths = {
    '/items': { post: { requestBody: json(item), responses: { 201: { ...response, headers } } } },
    '/items/{id}': { get: { parameters: [id], responses: { 200: response } } },
  }
  const folder = t.testdir({ 'own.json': documentOf(paths, { servers: [{ url: '/v2' }] }) })
  const specs = [`${folder}/own.json`]
  await run(['init', folder, '--spec', ...specs])
  const { url } = await listening(t, { specs, scenarios: [`${folder}/scenarios`] })
  const { ask } = overSockets(url)
  const created = await ask('POST', '/v2/items', { body: {} })
  t.equal(created.headers.location, `${url}/v2/items/1`)
  t.equal(told(await ask('GET', '/v2/items/1')), '200 {"id":1}')
})

// One-time passwords

t.test('a code that is sent and verified is found by its field and its errors', async (t) => {
  const contract = contractOf(BANK)
  const files = scaffoldOtp(contract) ?? {}
  t.same(Object.keys(files), ['one-time-password.yaml'])
  const { scenarioSet, faults } = loadFiles({ contract, folders: files })
  t.same(faults, [])
  t.same(
    [...scenarioSet!.scenarios.get('one-time-password')!.operations.keys()],
    ['sendCode', 'verifyCode'],
  )
})

const noWrongCode = BANK.replaceAll('WRONG_CODE', 'TOO_LATE')
const noCode = BANK.replace('required: [code]', 'required: [name]')
const notAbove = BANK.replace('/codes/{id}:verify', '/checks/{id}')

for (const [what, document] of Object.entries({ noWrongCode, noCode, notAbove })) {
  t.test(`a document has no case of a one-time password: ${what}`, async (t) => {
    t.equal(scaffoldOtp(contractOf(document)), undefined)
  })
}
