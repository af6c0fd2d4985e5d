// Reads the built-in YAML files into dist/ after the compiler has run: part of `npm run build`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILT_IN } from '../dist/sandbox/load.js'
import { precompile } from '../dist/sandbox/precompile.js'

const files = Object.values(BUILT_IN).flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name)),
)
precompile(files.map((file) => readFileSync(file, 'utf8')))
