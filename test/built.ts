/** What is tested as its users have it, by the package's name: dist/, made from src/ as it is now. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const { status } = spawnSync(process.execPath, ['.ci/build-if-stale.js'], {
  cwd: ROOT,
  stdio: ['ignore', 2, 2],
  env: { PATH: process.env.PATH },
})
if (status !== 0) throw new Error('src/ cannot be built')
