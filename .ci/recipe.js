// Prints what stands under a heading of docs/recipes.md: a block of code, or, with a path such as
// jobs.test.services, a value in its YAML. A list is printed an item a line, a map as KEY=value.
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'

const [heading, language, path] = process.argv.slice(2)
const text = readFileSync(new URL('../docs/recipes.md', import.meta.url), 'utf8')
const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`))
const block = section?.split(`\`\`\`${language}\n`).slice(1).at(-1)?.split('```\n')[0]
if (!block) throw new Error(`docs/recipes.md has no ${language} under "${heading}"`)

const value = path
  ?.split('.')
  .reduce((node, key) => node?.[key], parseAllDocuments(block)[0].toJS())
if (path && value === undefined) throw new Error(`there is no ${path} under "${heading}"`)

const lines = (found) => {
  if (Array.isArray(found)) return found.join('\n')
  if (typeof found !== 'object') return String(found)
  return Object.entries(found)
    .map(([key, item]) => `${key}=${item}`)
    .join('\n')
}
console.log(path ? lines(value) : block.trimEnd())
