/** Programs that one job needs. Each folder has a package file of its own; `npm run tools` installs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../.ci', import.meta.url))

type Folder = 'package-checks' | 'test-runners' | 'client-types'

/** The folder of a package, or a file in it. */
export const toolPath = (folder: Folder, name: string): string =>
  join(FOLDER, folder, 'node_modules', name)

/** Why tests that need a package are skipped; false where it is installed. */
export const toolMissing = (folder: Folder, name: string): string | false =>
  !existsSync(toolPath(folder, name)) && `${name} is not installed; npm run tools installs it`
