/** The first line of scenario files, by which editors complete and check them. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * @param file where the file will be
 * @param builtIn the folder with the schemas of this program
 */
export function schemaLine(file: string, builtIn: string): string {
  const folder = dirname(resolve(file))
  const kind = basename(file) === 'api.yaml' ? 'api' : 'scenario'
  const schema = join(findInstalled(folder) ?? builtIn, `${kind}.schema.json`)
  const path = relative(folder, schema).replaceAll(sep, '/')
  // Editors read a path up to the first space, and take what follows a "#" for a fragment.
  const place = /[\s#]/.test(path) ? pathToFileURL(schema).href : path
  return `# yaml-language-server: $schema=${place}`
}

/** The schemas of the package in the project: unlike the program's own path, theirs has no version. */
function findInstalled(folder: string): string | undefined {
  const schemas = join(folder, 'node_modules', 'sca-sandbox', 'scenarios')
  if (existsSync(schemas)) return schemas
  const parent = dirname(folder)
  return parent === folder ? undefined : findInstalled(parent)
}
