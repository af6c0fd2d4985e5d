/** Run after the compiler, in dist/. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keep } from './keep.ts'
import { BUILT_IN } from './load.ts'

const files = Object.values(BUILT_IN).flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name)),
)
keep(files.map((file) => readFileSync(file, 'utf8')))
