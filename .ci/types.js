// Runs TypeScript as it stands, as `node --import ./.ci/types.js test/clock.test.ts`: types are blanked
// out, so that every line and column is where it was. Node does so itself from 22.18 on.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

// Hooks run in a thread of their own, which imports this file once more.
if (isMainThread && !process.features.typescript) register(import.meta.url)

const KEPT = fileURLToPath(new URL('../node_modules/.cache/types/', import.meta.url))

export const load = (url, context, next) =>
  url.startsWith('file:') && url.endsWith('.ts')
    ? blanked(fileURLToPath(url)).then((source) => ({
        format: 'module',
        source,
        shortCircuit: true,
      }))
    : next(url, context)

/** What was blanked out once is kept: parsing takes longer than most tests. */
async function blanked(path) {
  const text = readFileSync(path, 'utf8')
  const kept = `${KEPT}${createHash('sha256').update(text).digest('hex')}.js`
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const { default: blank } = await import('ts-blank-space')
    const made = blank(text, (node) => {
      throw new SyntaxError(`${path}: "${node.getText()}" is more than a type`)
    })
    mkdirSync(KEPT, { recursive: true })
    // Tests run side by side, and none of them may read half of it.
    writeFileSync(`${kept}.${process.pid}`, made)
    renameSync(`${kept}.${process.pid}`, kept)
    return made
  }
}
