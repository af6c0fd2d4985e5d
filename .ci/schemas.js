// Writes the schemas that editors check scenario files with: `npm run generate`, after a build.
import { writeFileSync } from 'node:fs'
import { apiSchema, scenarioSchema } from '../dist/scenario/format.js'

for (const [name, schema] of Object.entries({ scenario: scenarioSchema, api: apiSchema })) {
  const path = new URL(`../scenarios/${name}.schema.json`, import.meta.url)
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`)
  console.log(`wrote scenarios/${name}.schema.json`)
}
