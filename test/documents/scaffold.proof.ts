/** First scenario files for published documents: they load, and remember where the document lets them. */
import t from 'tap'
import { scaffoldScenarios } from '../../src/cli/scaffold.ts'
import { loadContract } from '../../src/contract/load.ts'
import { createGenerator } from '../../src/generate/generate.ts'
import { readYamlFile } from '../../src/yaml-file.ts'
import { faultsOf } from '../fixtures/files.ts'
import { examples, galaxy, published } from './corpus.ts'

/** Documents with items that can be created and read back. */
const STATEFUL = [
  ...['3.0 petstore-expanded', '3.0 petstore', '3.1 petstore', '3.1 train-travel', 'galaxy'],
  ...['box.com', 'vercel.com'],
]

const large = ['box.com.json', 'vercel.com.json', 'notion.com.json'].map(published)

for (const { name, file } of [...examples(), galaxy(), ...large]) {
  t.test(`the files for ${name} load`, async (t) => {
    const contract = loadContract(readYamlFile(file, file))
    const { 'api.yaml': api = '', ...scenarios } = await scaffoldScenarios(
      contract,
      createGenerator(),
      false,
    )
    t.same(faultsOf({ contract, api, folders: scenarios }), [])
    t.equal('default.yaml' in scenarios, STATEFUL.includes(name))
    t.equal(Object.keys(scenarios).length, contract.operations.size > 0 ? 1 : 0)
  })
}
