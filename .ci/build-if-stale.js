// Builds dist/ when dist/ is missing or older than what it was made from, and says so; silent otherwise.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, { parentPath, name }) => {
      return Math.max(latest, statSync(join(parentPath, name)).mtimeMs)
    }, 0)

const built = statSync(join(root, 'dist/cli.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
if (built < Math.max(newest(join(root, 'src')), statSync(join(root, 'package.json')).mtimeMs)) {
  process.stderr.write('building dist/ (once, about 20 s)\n')
  const run = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  process.exitCode = run(tsc, '-p', join(root, 'src')) || run(join(root, '.ci/precompile.js'))
}
