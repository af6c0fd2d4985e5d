// Compares a lock file, as it was, with what `npm install` has made of it. Optional packages may come
// and go: those are for other platforms, and one registry has them while another has not.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

const [before, after] = process.argv.slice(2).map((path) => {
  const { packages } = JSON.parse(readFileSync(path, 'utf8'))
  return Object.fromEntries(Object.entries(packages).filter(([, { optional }]) => !optional))
})
const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]))
for (const name of changed) {
  console.error(`package-lock.json is not up to date: npm install changes ${name || 'the root'}`)
}
const located = Object.keys(before).filter((name) => 'resolved' in before[name])
for (const name of located) console.error(`package-lock.json names a host for ${name}`)
process.exitCode = changed.length + located.length > 0 ? 1 : 0
